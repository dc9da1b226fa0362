import { isTerminal, SIMULATED, type StatusDocument } from '../../domain';
import { exposureText, featuresText } from '../../domain/exposure';
import { PLAIN, type Paint } from '../output';
import { verdictLine } from './exposure';
import { truncate } from './truncate';
import { plural, releaseText, shortRelease, spanText, statusText, zonedText } from './words';
import { wrap } from './wrap';

const BAR = 24;
const MOST_FAILURES = 5;
const MOST_RELEASES = 2;
/** A reason may be long, and what is redrawn must fit on the screen. */
const MOST_LINES = 4;

/** How far a deployment is, on its way forward or back. */
export interface Extent {
  done: number;
  of: number;
}

/** On the way back, what counts is what was touched; a deployment that is a rollback touches all. */
export function extentOf({ status, counts, release, step, sides }: StatusDocument): Extent {
  if (counts.total === 0) return { done: isTerminal(status) ? step.of : step.index - 1, of: step.of };
  const back = status === 'rolling_back' || status === 'rolled_back' || status === 'rollback_incomplete';
  if (release !== null && back) {
    const done = counts.rolled_back + counts.unresolved;
    return { done, of: done + counts.in_flight + counts.succeeded + counts.failed };
  }
  // Those that serve meanwhile are no part of it.
  const of = counts.total - (sides?.untouched ?? 0);
  return { done: of - counts.pending - counts.in_flight, of };
}

/** Whether requests were all that went back, or go: blue-green after its switch. */
export function isSwitchBack({ status, step }: Pick<StatusDocument, 'status' | 'step'>): boolean {
  return step.kind === 'switch' && (status === 'rolling_back' || status === 'rolled_back');
}

/** Whether it has instances; without, it is of flags alone. */
export function hasInstances({ counts }: Pick<StatusDocument, 'counts'>): boolean {
  return counts.total > 0;
}

/** `3/10` of the instances; where there are none, `step 2 of 4`. */
export function extentText(document: StatusDocument): string {
  const { done, of } = extentOf(document);
  if (hasInstances(document)) return `${done}/${of}`;
  return isTerminal(document.status) ? plural(of, 'step') : `step ${document.step.index} of ${of}`;
}

/** What became of the instances; where there are none, of the features. */
export function whatText(document: StatusDocument): string {
  if (hasInstances(document)) return countsText(document);
  const { enabled_features: set = {} } = document;
  return Object.keys(set).length === 0 ? 'no flag is set by it' : featuresText(set);
}

/** The time that is left if it goes on as it went; undefined when nothing can be said. */
export function timeLeftMs(document: StatusDocument): number | undefined {
  if (document.status !== 'running' || document.awaiting !== undefined) return undefined;
  const { counts } = document;
  const worked = counts.succeeded + counts.failed;
  if (worked === 0) return undefined;
  return (document.duration_ms / worked) * (counts.pending + counts.in_flight);
}

export function barText({ done, of }: Extent, width = BAR): string {
  const filled = of === 0 ? width : Math.floor((done / of) * width);
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}]`;
}

/** `12 updated · 2 in flight · 1 failed`: what isn't there isn't said. */
export function countsText({
  status,
  release,
  counts,
  sides,
}: Pick<StatusDocument, 'status' | 'release' | 'counts' | 'sides'>): string {
  const untouched = sides?.untouched ?? 0;
  const parts: [number, string][] = [
    [counts.succeeded, 'updated'],
    [counts.in_flight, 'in flight'],
    [counts.failed, 'failed'],
    [counts.unchanged, 'unchanged'],
    [untouched, `of ${sides?.before ?? ''} not touched`],
    [counts.skipped - untouched, 'skipped'],
    [counts.rolled_back, 'rolled back'],
    [counts.unresolved, 'unresolved'],
    [counts.pending, leftAlone({ status, release }) ? 'not touched' : 'to go'],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return said.length === 0 ? 'no instances' : said.join(' · ');
}

/** Whether nobody goes to pending ones any more: on the way back and after the end; a rollback of its own goes only back. */
export function leftAlone({ status, release }: Pick<StatusDocument, 'status' | 'release'>): boolean {
  return isTerminal(status) || (status === 'rolling_back' && release !== null);
}

/** `production/web/12: 1.4.0 (configuration 11) → 1.5.0 (configuration 12)` */
export function titleText(document: StatusDocument): string {
  if (document.release === null) {
    const what = document.rollback_of === undefined ? 'rollback to a snapshot' : `rollback of ${document.rollback_of}`;
    return `${document.id}: ${what}`;
  }
  // What stands for the versions of features is nothing that a person would know.
  if (document.driver === 'none') return `${document.id}: ${document.release.code_version}`;
  const from = previousText(document);
  return `${document.id}: ${from === undefined ? '' : `${from} → `}${releaseText(document.release)}`;
}

/** What ran before: of a mixed fleet how many ran what, the configuration only where the code is the same. */
function previousText({ previous_release, previous_releases = [] }: StatusDocument): string | undefined {
  if (previous_releases.length < 2) return previous_release === null ? undefined : releaseText(previous_release);
  const shown = previous_releases.slice(0, MOST_RELEASES);
  const codes = new Set(shown.map(({ release }) => release?.code_version));
  const parts = shown.map(({ release, instances }) => {
    const code = release?.code_version;
    const name = codes.size === shown.length ? (code ?? 'unknown') : shortRelease(release ?? undefined);
    return `${name}: ${instances}`;
  });
  return `mixed (${parts.join(', ')}${previous_releases.length > shown.length ? ', …' : ''})`;
}

const AWAITING = {
  approval: 'waits for an approval',
  resume: 'is paused',
  bake: 'waits and watches',
  analysis: 'is measured',
  window: 'waits until it may go forward',
} as const;

/** What it waits for, and what ends the wait. */
export function awaitingLine({ awaiting, status }: StatusDocument): string | undefined {
  if (awaiting === undefined) {
    return undefined;
  }
  const until = awaiting.until === undefined ? '' : `, until ${zonedText(awaiting.until)}`;
  const what = AWAITING[awaiting.kind];
  const since = status === 'running' ? '' : ` since ${zonedText(awaiting.since)}`;
  // Nobody opens a window: what ends that wait is to drop the deployment.
  const end = awaiting.kind === 'window' ? 'to drop it' : 'to go on';
  return `${what}${since}${until}; ${end}: ${awaiting.command}`;
}

/** The link to Temporal's Web UI. A terminal gets it once, above what is redrawn: cut to the width it would lead nowhere. */
export function watchText(link: string): string {
  return `watch it at ${link}`;
}

/**
 * The block that is redrawn in place on a terminal, in lines of a width at most. Names and reasons, of which there may
 * be many, are cut; what a person goes by is broken, most of all the command to go on.
 */
export function progressBlock(
  document: StatusDocument,
  busy: string[],
  paint: Paint,
  notice?: string,
  width = Infinity,
): string[] {
  const whole = (line: string) => wrap(line, width);
  const cut = (line: string) => truncate(line, width);
  const extent = extentOf(document);
  const left = timeLeftMs(document);
  const head = [
    isSwitchBack(document)
      ? paint.cyan(barText({ done: 0, of: 0 }))
      : `${paint.cyan(barText(extent))} ${extentText(document)}`,
    statusText(document.status, paint),
    document.step.summary,
    ...(left === undefined ? [] : [`about ${spanText(left)} left`]),
  ].join('  ');
  const lines = [...whole(paint.bold(titleText(document))), ...whole(head)];
  if (hasInstances(document)) lines.push(...whole(countsText(document)));
  if (document.simulated === true) lines.push(cut(paint.yellow(SIMULATED)));
  const exposure = exposureText(document);
  if (exposure !== undefined) lines.push(...whole(exposure).slice(0, MOST_LINES));
  const verdict = verdictLine(document, paint);
  if (verdict !== undefined) lines.push(cut(verdict));
  if (busy.length > 0)
    lines.push(cut(`now: ${busy.join(', ')}${document.counts.in_flight > busy.length ? ', …' : ''}`));
  lines.push(...failureLines(document, paint).map(cut));
  if (document.reason !== null) lines.push(...whole(paint.yellow(document.reason)).slice(0, MOST_LINES));
  const awaiting = awaitingLine(document);
  if (awaiting !== undefined) lines.push(...wrap(paint.yellow(awaiting), width, document.awaiting?.command));
  if (notice !== undefined) lines.push(...whole(paint.yellow(notice)));
  return lines;
}

function failureLines({ failures, counts }: StatusDocument, paint: Paint): string[] {
  const shown = failures.slice(-MOST_FAILURES).map(({ instance, reason }) => paint.red(`✗ ${instance}: ${reason}`));
  const more = counts.failed - shown.length;
  return more > 0 && shown.length > 0 ? [...shown, `  and ${plural(more, 'more failure')}`] : shown;
}

/** What a pipe or a log gets when a deployment has moved on; nothing when it hasn't. */
export function progressChanges(before: StatusDocument | undefined, now: StatusDocument): string[] {
  const lines: string[] = [];
  if (before === undefined) {
    lines.push(titleText(now));
    if (now.simulated === true) lines.push(SIMULATED);
    if (now.links.web_ui !== null) lines.push(watchText(now.links.web_ui));
  }
  const known = new Set(before?.failures.map(failureKey));
  for (const failure of now.failures) {
    if (!known.has(failureKey(failure))) lines.push(`✗ ${failure.instance}: ${failure.reason}`);
  }
  const exposure = exposureText(now);
  const shifted = exposure !== undefined && exposure !== (before && exposureText(before));
  // On the way back requests go first.
  const first = shifted && now.status === 'rolling_back';
  if (first) lines.push(exposure);
  if (before === undefined || positionKey(before) !== positionKey(now)) {
    const counts = hasInstances(now) ? `: ${countsText(now)}` : '';
    const extent = isSwitchBack(now) ? '' : `${extentText(now)}, `;
    lines.push(`${now.status.replaceAll('_', ' ')}: ${extent}${now.step.summary}${counts}`);
  }
  if (shifted && !first) lines.push(exposure);
  // Each measurement says other numbers: a log is told when the verdict is another one.
  const verdict = verdictLine(now, PLAIN);
  if (verdict !== undefined && before?.analysis?.last?.kind !== now.analysis?.last?.kind) lines.push(verdict);
  if (now.reason !== null && now.reason !== before?.reason && !isTerminal(now.status)) lines.push(now.reason);
  const awaiting = awaitingLine(now);
  if (awaiting !== undefined && before?.awaiting?.since !== now.awaiting?.since) lines.push(awaiting);
  return lines;
}

function failureKey({ instance, reason, attempts }: StatusDocument['failures'][number]): string {
  return `${instance}\n${attempts}\n${reason}`;
}

function positionKey({ status, step, counts }: StatusDocument): string {
  return JSON.stringify([status, step, { ...counts, in_flight: 0, pending: counts.pending + counts.in_flight }]);
}
