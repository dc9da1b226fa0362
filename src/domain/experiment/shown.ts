import type { Finding } from '../analysis/verdict';
import { keepable, type Reading } from '../analysis/reading';
import { concludeExperiment, isSampleComplete, seenText, type Conclusion } from './conclude';
import { comparedName, metricName, type ExperimentDesign } from './spec';

/** What an experiment has shown so far, in words; with a conclusion it is over. */
export interface Shown {
  conclusion?: Conclusion['kind'];
  text: string;
}

/** How a conclusion is shown beside verdicts. None of them stops anything. */
const VERDICT_OF: Record<Conclusion['kind'], Finding['kind']> = {
  better: 'pass',
  worse: 'fail',
  'no difference shown': 'inconclusive',
  inconclusive: 'inconclusive',
};

/**
 * What was measured of both, since the experiment began: how much was seen, or, once that is enough or the time is over,
 * what it has shown.
 */
export function experimentFinding(
  release: Reading,
  before: Reading,
  design: ExperimentDesign,
  isOver: boolean,
): Finding & { experiment: Omit<Shown, 'text'> } {
  const check = comparedName(design.metric);
  const values = {
    ...(release.kind === 'measured' ? keepable('value', release.value) : {}),
    ...(before.kind === 'measured' ? keepable('before', before.value) : {}),
  };
  if (!isOver && !isSampleComplete(release, before, design)) {
    const nothing = [release, before].find((reading) => reading.kind === 'nothing');
    const why = nothing === undefined ? '' : ` (${nothing.why})`;
    const text = `${metricName(design.metric)}: ${seenText(release, before, design)} so far${why}`;
    // What is seen before the end is nobody's to read a difference out of.
    return { check, kind: nothing === undefined ? 'inconclusive' : 'no_data', text, experiment: {} };
  }
  const { kind: conclusion, text } = concludeExperiment(release, before, design);
  return { check, kind: VERDICT_OF[conclusion], text, ...values, experiment: { conclusion } };
}

/** What a measurement says of an experiment; undefined: it was of none. */
export function shownIn(findings: readonly Finding[]): Shown | undefined {
  const found = findings.find(({ experiment }) => experiment !== undefined);
  return found && { ...found.experiment, text: found.text };
}
