export { NO_DATA, type Reading } from './reading';
export * from './spec';
export type { Distribution } from './statistics';
export { judge, limitText, type Finding, type Measured, type Verdict, type VerdictKind, VERDICTS } from './verdict';
