import type { StatusDocument } from '../../domain';
import type { VerdictKind } from '../../domain/analysis';
import type { Paint } from '../output';

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

/** The last verdict with its numbers: the sign tells it from the others without a colour. */
export function verdictLine({ analysis }: StatusDocument, paint: Paint): string | undefined {
  if (analysis?.last === undefined) return undefined;
  const { kind, text } = analysis.last;
  return verdictText(kind, `${VERDICT_SIGNS[kind]} ${text}`, paint);
}

/** What tells verdicts apart without a colour. */
export const VERDICT_SIGNS: Record<VerdictKind, string> = { pass: '✓', inconclusive: '?', no_data: '∅', fail: '✗' };

/** Some words, coloured by a verdict. */
export function verdictText(kind: VerdictKind, words: string, paint: Paint): string {
  switch (kind) {
    case 'pass':
      return paint.green(words);
    case 'inconclusive':
    case 'no_data':
      return paint.yellow(words);
    case 'fail':
      return paint.red(words);
  }
}
