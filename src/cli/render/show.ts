import { fleetText } from '../../domain/fleet';
import type { Details } from '../../control/control';
import type { EventRow } from '../../control/control';
import type { Paint } from '../output';
import { SIMULATED } from '../../domain';
import { exposureFacts, measuredLines } from './measured';
import { awaitingLine, countsText, hasInstances, leftAlone, titleText } from './progress';
import { tableLines } from './table';
import { shortRelease, spanText, statusText, timeText, zonedText } from './words';

/** One deployment: where it stands, its instances, what was measured, and what happened. */
export function showLines({ standing, fleet, instances, events, exposure }: Details, paint: Paint): string[] {
  const { document } = standing;
  const facts: [string, string | null | undefined][] = [
    ['status', `${statusText(document.status, paint)}${document.reason === null ? '' : `: ${document.reason}`}`],
    ['instances', hasInstances(document) ? countsText(document) : undefined],
    ['step', document.step.summary],
    ['waiting', awaitingLine(document)],
    ...exposureFacts(document, exposure),
    ['strategy', document.driver === 'none' ? document.strategy : `${document.strategy}, driver ${document.driver}`],
    ['started', `${zonedText(document.started_at)} by ${document.actor}`],
    ['took', document.ended_at === null ? undefined : spanText(document.duration_ms)],
    ['note', document.note],
    ['fleet', fleet && fleet.kind !== 'none' ? fleetText(fleet) : undefined],
    ['rollback', document.rollback_generation === undefined ? undefined : `generation ${document.rollback_generation}`],
    ...Object.entries(document.metadata).map(([key, value]): [string, string] => [key, value]),
    ['web ui', document.links.web_ui],
    ['notice', standing.notice],
  ];
  // One that went back is well; why it had to is known of those that are listed.
  const failures = new Map(document.failures.map(({ instance, reason }) => [instance, reason]));
  const rows = instances.map((each) => [
    each.instance_id,
    each.state === 'pending' && leftAlone(document) ? 'not touched' : each.state.replaceAll('_', ' '),
    shortRelease(each),
    each.health ?? '',
    each.reason ?? failures.get(each.instance_id) ?? '',
  ]);
  return [
    paint.bold(titleText(document)),
    ...(document.simulated === true ? [paint.yellow(SIMULATED)] : []),
    ...facts.flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [`${`${name}:`.padEnd(12)}${value}`],
    ),
    ...(hasInstances(document) ? [] : [...failures].map(([name, reason]) => paint.red(`✗ ${name}: ${reason}`))),
    '',
    ...(rows.length === 0 ? [] : [...tableLines(['INSTANCE', 'STATE', 'RELEASE', 'HEALTH', 'WHY'], rows, paint), '']),
    ...measuredLines(exposure, paint),
    ...events.map(eventLine),
  ];
}

/** `2026-01-31 14:05:09  pause  by ann: waiting for the database` */
export function eventLine(event: EventRow): string {
  const who = event.by === undefined ? '' : `  by ${event.by}`;
  const what = event.instance ?? event.flag;
  const of = what === undefined ? '' : `  ${what}`;
  const why = event.reason === undefined ? '' : `: ${event.reason}`;
  return `${timeText(event.at)}  ${event.type.replaceAll('_', ' ')}${of}${who}${why}`;
}
