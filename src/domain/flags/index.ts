export { evaluate, type Evaluation, type Reason } from './evaluate';
export * from './flag';
export { numberOf, type Context } from './match';
export { flagsNamed, missingFlagText, missingFlagTexts } from './named';
export { isSemver } from './semver';
export { problemsOf, type FlagProblem } from './problems';
export { changeText, ruleText, valueText } from './words';
