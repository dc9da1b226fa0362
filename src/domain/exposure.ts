import type { VerdictKind } from './analysis';
import type { StatusDocument } from './status';

/** `traffic: 25% · features: new_ui 25% · violations: 2 of 3 in a row`; undefined where there is none of them. */
export function exposureText(document: StatusDocument): string | undefined {
  const { analysis, enabled_features } = document;
  const traffic = trafficText(document);
  const parts = [
    ...(traffic === undefined ? [] : [`traffic: ${traffic}`]),
    ...(enabled_features === undefined ? [] : [`features: ${featuresText(enabled_features)}`]),
    // Before anything is measured none could be.
    ...(analysis === undefined || (analysis.last === undefined && analysis.violations === 0)
      ? []
      : [`violations: ${violationsText(analysis)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' · ');
}

/** `25%`; of blue-green, which group has all of it: `all at green`. */
function trafficText({ traffic_percent: percent, sides }: StatusDocument): string | undefined {
  if (sides !== undefined && (percent === null || percent === 0)) return `all at ${sides.before}`;
  if (sides !== undefined && percent === 100) return `all at ${sides.release}`;
  return percent === null ? undefined : `${percent}%`;
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
