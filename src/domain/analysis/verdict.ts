import type { Conclusion } from '../experiment/conclude';
import { keepable, numberText, type Reading } from './reading';
import type { AnalysisSpec, Baseline, Check, Quantity } from './spec';
import { largerShare, largerValues } from './statistics';

/** From the best to the worst: the worst of several is theirs together. */
export const VERDICTS = ['pass', 'inconclusive', 'no_data', 'fail'] as const;
export type VerdictKind = (typeof VERDICTS)[number];

/** What one check says, with its numbers in words. */
export interface Finding {
  check: string;
  kind: VerdictKind;
  text: string;
  /** What was measured of the release; absent: nothing. */
  value?: number;
  /** What was measured of what ran before, where they were compared. */
  before?: number;
  /** It is of an experiment, and no check: with a conclusion that is over. */
  experiment?: { conclusion?: Conclusion['kind'] };
}

/** What all checks say together. */
export interface Verdict {
  kind: VerdictKind;
  /** That of the check that decided. */
  text: string;
  findings: Finding[];
}

/** What was measured for a check: of the release, and of what ran before. Absent: no instance runs that any more. */
export interface Measured {
  check: Check;
  release: Reading;
  before?: Reading;
}

/** Judges one measurement. No data is a verdict of its own, and never passes. */
export function judge(measured: Measured[], { baseline }: Pick<AnalysisSpec, 'baseline'>): Verdict {
  const findings = measured.flatMap((each) => {
    const compared = baseline === undefined ? undefined : judgeBeside(each, baseline);
    return [judgeLimits(each), ...(compared === undefined ? [] : [compared])];
  });
  const worst = findings.reduce((a, b) => (VERDICTS.indexOf(b.kind) > VERDICTS.indexOf(a.kind) ? b : a));
  return { kind: worst.kind, text: worst.text, findings };
}

function judgeLimits({ check, release }: Measured): Finding {
  const { name, quantity, min, max } = check;
  if (release.kind === 'nothing') return { check: name, kind: 'no_data', text: `${name}: ${release.why}` };
  const { value } = release;
  if (Number.isNaN(value)) return { check: name, kind: 'no_data', text: `${name}: what was measured is no number` };
  const is = `${name} is ${valueText(quantity, value)}${behind(release)}`;
  const of = (kind: VerdictKind, text: string): Finding => ({
    check: name,
    kind,
    text,
    ...keepable('value', value),
  });
  if (max !== undefined && value > max) return of('fail', `${is}, above ${valueText(quantity, max)}`);
  if (min !== undefined && value < min) return of('fail', `${is}, below ${valueText(quantity, min)}`);
  return of('pass', `${is}, ${limitText(check)} is allowed`);
}

/** Beside what ran before, at the same time; undefined where there is nothing to compare with. */
function judgeBeside({ check, release, before }: Measured, rule: Baseline): Finding | undefined {
  const { quantity } = check;
  if (before === undefined || quantity.kind === 'query' || release.kind === 'nothing') return undefined;
  const name = besideText(check.name);
  if (before.kind === 'nothing') return { check: name, kind: 'no_data', text: `${name}: ${before.why}` };
  if (!Number.isFinite(before.value))
    return { check: name, kind: 'no_data', text: `${name}: what that measured has no end` };
  const worse = comparison(quantity.metric, release, before);
  if (worse === undefined) return undefined;
  const { samples, ran, p, effect } = worse;
  const text =
    `${name} is ${valueText(quantity, release.value)} (${counted(samples)}) against ` +
    `${valueText(quantity, before.value)} (${counted(ran)})`;
  const of = (kind: VerdictKind, why: string): Finding => ({
    check: name,
    kind,
    text: `${text}: ${why}`,
    ...keepable('value', release.value),
    ...keepable('before', before.value),
  });
  if (Math.min(samples, ran) < rule.minSamples) {
    return of('inconclusive', `fewer than ${rule.minSamples} are too few to tell`);
  }
  const chance = `p = ${p < 0.0001 ? '< 0.0001' : p.toFixed(4)}`.replace('= <', '<');
  if (p >= rule.significance) return of('pass', `no worse than by chance (${chance})`);
  if (effect < rule.minEffect) return of('pass', `worse by ${percent(effect)}, less than counts (${chance})`);
  return of(
    'fail',
    `${Number.isFinite(effect) ? `worse by ${percent(effect)}` : 'worse: it was none before'} (${chance})`,
  );
}

/** What the comparison of a check with what ran before is called. */
export function besideText(check: string): string {
  return `${check} beside what ran before`;
}

interface Comparison {
  samples: number;
  ran: number;
  /** Of such a difference by chance. */
  p: number;
  /** How much worse, as a fraction of the baseline. */
  effect: number;
}

type Value = Extract<Reading, { kind: 'measured' }>;

/** Latencies by their ranks, shares by their numbers; undefined for what can't be compared so. */
function comparison(metric: string, release: Value, before: Value): Comparison | undefined {
  if (release.share !== undefined && before.share !== undefined) {
    // Of successes, the others are the errors: fewer of the one are more of the other.
    const [a, b] =
      metric === 'success_rate' ? [others(release.share), others(before.share)] : [release.share, before.share];
    const [share, was] = [a.hits / a.total, b.hits / b.total];
    const effect = share <= was ? 0 : was === 0 ? Infinity : share / was - 1;
    return { samples: a.total, ran: b.total, p: largerShare(a, b).p, effect };
  }
  if (release.values !== undefined && before.values !== undefined) {
    const effect = before.value === 0 ? (release.value > 0 ? Infinity : 0) : release.value / before.value - 1;
    const [samples, ran] = [release.values, before.values].map((all) => all.reduce((n, { count }) => n + count, 0));
    return { samples: samples!, ran: ran!, p: largerValues(release.values, before.values).p, effect };
  }
  return undefined;
}

function others({ hits, total }: { hits: number; total: number }): { hits: number; total: number } {
  return { hits: total - hits, total };
}

/** Metrics that are fractions of 1. */
export const SHARES: readonly string[] = ['error_rate', 'success_rate', 'cpu', 'memory'];

/** `at most 5%`, `from 1 to 3`. */
export function limitText({ quantity, min, max }: Pick<Check, 'quantity' | 'min' | 'max'>): string {
  const [least, most] = [min, max].map((bound) => (bound === undefined ? undefined : valueText(quantity, bound)));
  if (least !== undefined && most !== undefined) return `from ${least} to ${most}`;
  return most === undefined ? `at least ${least}` : `at most ${most}`;
}

/** `1,240 ms`, `6.1%`, `12`. */
function valueText(quantity: Quantity, value: number): string {
  if (quantity.kind === 'query') return numberText(value);
  if (SHARES.includes(quantity.metric)) return percent(value);
  return quantity.metric === 'response_time_ms' ? `${numberText(value)} ms` : numberText(value);
}

function percent(fraction: number): string {
  return `${numberText(fraction * 100)}%`;
}

function behind({ samples, share }: Value): string {
  if (share !== undefined) return ` (${numberText(share.hits)} of ${numberText(share.total)})`;
  return samples === undefined ? '' : ` (of ${counted(samples)})`;
}

function counted(samples: number): string {
  return samples === 1 ? '1 sample' : `${numberText(samples)} samples`;
}
