import type { VerdictKind } from './analysis';
import type { StatusDocument } from './status';

/** `traffic: 25% · features: new_ui 25% · violations: 2 of 3 in a row`; undefined where there is none of them. */
export function exposureText({ traffic_percent, analysis, enabled_features }: StatusDocument): string | undefined {
  const parts = [
    ...(traffic_percent === null ? [] : [`traffic: ${traffic_percent}%`]),
    ...(enabled_features === undefined ? [] : [`features: ${featuresText(enabled_features)}`]),
    ...(analysis === undefined ? [] : [`violations: ${violationsText(analysis)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' · ');
}

/** `2 of 3 in a row` */
export function violationsText({ violations, limit, count }: NonNullable<StatusDocument['analysis']>): string {
  return `${violations} of ${limit}${count === 'consecutive' ? ' in a row' : ''}`;
}

/** `new_ui 25%, search off` */
export function featuresText(features: Record<string, number>): string {
  const each = Object.entries(features).map(([name, percent]) => `${name} ${percent === 0 ? 'off' : `${percent}%`}`);
  return each.length === 0 ? 'none' : each.join(', ');
}

/** What tells verdicts apart without a colour. */
export const VERDICT_SIGNS: Record<VerdictKind, string> = { pass: '✓', inconclusive: '?', no_data: '∅', fail: '✗' };
