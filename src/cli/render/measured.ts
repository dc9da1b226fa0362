import type { ExposureDocument } from '../../control/exposure';
import type { StatusDocument } from '../../domain';
import { featuresText, VERDICT_SIGNS, violationsText } from '../../domain/exposure';
import type { Paint } from '../output';
import { verdictText } from './exposure';
import { tableLines } from './table';
import { spanText, timeText } from './words';

/** What a release has of the requests, and how it does, as facts about its deployment. */
export function exposureFacts(document: StatusDocument, { switch_time }: ExposureDocument): [string, string][] {
  const { traffic_percent, enabled_features, analysis, experiment } = document;
  return [
    ...pair('traffic', traffic_percent, (percent) => `${percent}% of the requests`),
    ...pair('features', enabled_features, featuresText),
    ...pair('experiment', experiment, ({ text }) => text),
    ...pair(
      'violations',
      analysis?.last === undefined && analysis?.violations === 0 ? undefined : analysis,
      violationsText,
    ),
    ...pair('switch', switch_time, ({ at, took_ms }) => {
      const took =
        took_ms === null ? 'and not every router has confirmed it' : `and every router had it in ${spanText(took_ms)}`;
      return `got all requests ${timeText(at)}, ${took}`;
    }),
  ];
}

/** The last verdict, check by check, when the release got which share of the requests, and features which of the users. */
export function measuredLines(
  { last_verdict, traffic_history, features_history }: ExposureDocument,
  paint: Paint,
): string[] {
  const lines: string[] = [];
  if (last_verdict !== null) {
    const { from, until, findings, traffic_percent: percent } = last_verdict;
    const share = percent === undefined ? '' : `, with ${percent}% of the requests`;
    const took = spanText(new Date(until).getTime() - new Date(from).getTime());
    const rows = findings.map(({ kind, text }) => [
      verdictText(kind, `${VERDICT_SIGNS[kind]} ${kind.replaceAll('_', ' ')}`, paint),
      text,
    ]);
    lines.push(
      `last measured ${timeText(until)}, over ${took}${share}:`,
      ...tableLines(['VERDICT', 'WHY'], rows, paint),
      '',
    );
  }
  if (traffic_history.length > 0) {
    // Where groups have routers of their own.
    const grouped = traffic_history.some(({ group }) => group !== undefined);
    const rows = traffic_history.map(({ at, traffic_percent, group, confirmed_ms }) => [
      timeText(at),
      ...(grouped ? [group ?? 'all'] : []),
      `${traffic_percent}%`,
      confirmed_ms === null ? 'not confirmed' : `after ${spanText(confirmed_ms)}`,
    ]);
    const head = ['SHIFTED', ...(grouped ? ['GROUP'] : []), 'TRAFFIC', 'CONFIRMED'];
    lines.push(...tableLines(head, rows, paint), '');
  }
  if (features_history.length > 0) {
    const rows = features_history.map(({ at, feature, percent }) => [timeText(at), feature, `${percent}%`]);
    lines.push(...tableLines(['FROM', 'FEATURE', 'USERS'], rows, paint), '');
  }
  return lines;
}

function pair<T>(name: string, value: T | null | undefined, text: (value: T) => string): [string, string][] {
  return value === null || value === undefined ? [] : [[name, text(value)]];
}
