import type { RolloutState } from './state';

/** `watching batch 2, 1 of 3 violations: error rate is 2%, at most 5% is allowed` */
export function watchText({ analysis, policy }: RolloutState, what: string): string {
  const { violations = 0, count = 'total' } = policy.analysis ?? {};
  const so = `watching ${what}, ${analysis[count]} of ${violations} violations`;
  return analysis.last ? `${so}: ${analysis.last.text}` : so;
}
