import { SIMULATED, type InstanceDocument, type StatusDocument } from '../../domain';
import type { Paint } from '../output';
import { hasInstances, isSwitchBack, whatText } from './progress';
import { plural, releaseText, shortRelease, spanText, statusText } from './words';

const MOST_LISTED = 50;
const MOST_NAMES = 8;

/** How a deployment ended: the counts, each failed or unresolved name with its reason, and what can be done now. */
export function summaryLines(document: StatusDocument, instances: InstanceDocument[], paint: Paint): string[] {
  // What is said below of flags that are back needs no other words.
  const what = !hasInstances(document) && document.status === 'rolled_back' ? '' : `: ${whatText(document)}`;
  const lines = [
    `${paint.bold(document.id)} ${statusText(document.status, paint)} after ${spanText(document.duration_ms)}${what}`,
  ];
  if (document.simulated === true) lines.push(paint.yellow(SIMULATED));
  if (document.reason !== null) lines.push(`why: ${document.reason}`);
  if (document.experiment !== undefined) lines.push(`shown: ${document.experiment.text}`);
  if (hasInstances(document)) lines.push(...troubleLines(document, instances, paint), ...outlook(document, instances));
  else lines.push(...featureTroubleLines(document, paint), ...featureOutlook(document));
  if (document.links.web_ui !== null) lines.push(paint.dim(document.links.web_ui));
  return lines;
}

/** Each failed or unresolved instance with its reason, the unresolved ones first. */
function troubleLines({ failures }: StatusDocument, instances: InstanceDocument[], paint: Paint): string[] {
  const trouble = (['unresolved', 'failed'] as const).flatMap((state) =>
    instances.filter((each) => each.state === state),
  );
  const reasons = new Map(failures.map((failure) => [failure.instance, failure.reason]));
  const lines = trouble.slice(0, MOST_LISTED).map(({ instance_id, state, reason, attempts }) => {
    const tries = attempts === undefined || attempts < 2 ? '' : ` (${attempts} attempts)`;
    return paint.red(
      `✗ ${instance_id} ${state}: ${reason ?? reasons.get(instance_id) ?? 'no reason was recorded'}${tries}`,
    );
  });
  const more = trouble.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

/** What state the fleet is in and what a person can do about it. */
function outlook(document: StatusDocument, instances: InstanceDocument[]): string[] {
  const service = `${document.environment}/${document.service}`;
  const undo = `\`belay rollback ${document.id}\``;
  switch (document.status) {
    case 'succeeded':
      if (document.release === null) return [];
      if (nothingTouched(document, instances)) return ['nothing had to be changed'];
      return [`runs ${releaseText(document.release)} now; to undo it: ${undo}`];
    case 'completed_with_failures':
      return [
        ...mixedLines(instances),
        `to try the failed ones again: \`belay retry ${document.id}\`; to undo it: ${undo}`,
      ];
    case 'aborted':
    case 'cancelled':
    case 'failed':
      if (isAsBefore(document, instances)) return ['nothing was touched, so there is nothing to undo'];
      return [
        ...mixedLines(instances),
        ...keptShareLines(document),
        `instances are left as they are; to undo what was done: ${undo}`,
      ];
    case 'rollback_incomplete':
      return [...mixedLines(instances), `to try the rest again: \`belay rollback ${service}\``];
    case 'rolled_back':
      return isSwitchBack(document)
        ? switchedBackLines(document)
        : [`${plural(document.counts.rolled_back, 'instance')} went back to what ran before`];
    case 'pending':
    case 'running':
    case 'paused':
    case 'awaiting_approval':
    case 'rolling_back':
      return [comeBackLine(document.id)];
  }
}

/** Whether it ended before it did anything: to instances, requests or flags. */
function isAsBefore(document: StatusDocument, instances: InstanceDocument[]): boolean {
  const { counts, traffic_percent: percent, enabled_features: features = {} } = document;
  const shifted = percent !== null && percent > 0;
  const back = counts.rolled_back + counts.unresolved > 0;
  return nothingTouched(document, instances) && counts.failed === 0 && !shifted && !back && isEmpty(features);
}

function isEmpty(features: Record<string, number>): boolean {
  return Object.keys(features).length === 0;
}

/** Requests stay where they are, too, and that keeps others from beginning. */
function keptShareLines({
  strategy,
  router,
  sides,
  traffic_percent: percent,
  environment,
  service,
}: StatusDocument): string[] {
  if (router === undefined || percent === null || percent === 0) return [];
  if (strategy === 'blue_green') return sides === undefined ? [] : [`all requests stay at ${sides.release}`];
  if (strategy !== 'canary' && strategy !== 'experiment') return [];
  return [
    `the release keeps ${percent}% of the requests: until it is rolled back, the next deployment of ${environment}/${service} is refused`,
  ];
}

/** Blue-green after its switch: no instance went anywhere. */
function switchedBackLines({ sides, previous_release: previous }: StatusDocument): string[] {
  const where = sides === undefined ? 'the group that served before' : sides.before;
  const runs = previous === null ? '' : `, which runs ${releaseText(previous)}`;
  const other = sides === undefined ? 'the other group stays' : `${sides.release} stays`;
  return [`all requests are back at ${where}${runs}; ${other} as it is, without requests`];
}

/** Each feature that was taken back, and why. */
function featureTroubleLines({ failures }: StatusDocument, paint: Paint): string[] {
  return failures.map(({ instance, reason }) => paint.red(`✗ ${instance} taken back: ${reason}`));
}

/** What a person can do about flags, where there are no instances. */
function featureOutlook(document: StatusDocument): string[] {
  const undo = `\`belay rollback ${document.id}\``;
  switch (document.status) {
    case 'succeeded':
    case 'completed_with_failures':
      return [`to undo it: ${undo}`];
    case 'aborted':
    case 'cancelled':
    case 'failed':
      if (isEmpty(document.enabled_features ?? {})) return ['nothing was touched, so there is nothing to undo'];
      return [`flags are left as they are; to undo what was done: ${undo}`];
    case 'rollback_incomplete':
      return [`to try the rest again: ${undo}`];
    case 'rolled_back':
      return ['flags are as they were before'];
    case 'pending':
    case 'running':
    case 'paused':
    case 'awaiting_approval':
    case 'rolling_back':
      return [comeBackLine(document.id)];
  }
}

/** Whether there is nothing to undo; one that was tried and then skipped is not as it was. */
function nothingTouched({ counts }: StatusDocument, instances: InstanceDocument[]): boolean {
  return counts.succeeded === 0 && instances.every(({ attempts = 0 }) => attempts === 0);
}

/** How to come back to a deployment that goes on. */
export function comeBackLine(id: string): string {
  return `come back with \`belay watch ${id}\`, stop it with \`belay abort ${id}\`, undo it with \`belay rollback ${id}\``;
}

/** What runs where, after a deployment that didn't go all the way: one line for each release. */
export function mixedLines(instances: InstanceDocument[]): string[] {
  const byRelease = new Map<string, string[]>();
  for (const { instance_id, state, ...versions } of instances) {
    const release = shortRelease(versions);
    const name = state === 'failed' || state === 'unresolved' ? `${instance_id} (${state})` : instance_id;
    byRelease.set(release, [...(byRelease.get(release) ?? []), name]);
  }
  if (byRelease.size === 0) return [];
  const trouble = instances.some(({ state }) => state === 'failed' || state === 'unresolved');
  const one = trouble ? 'all are on one release, but not all are good on it:' : 'the fleet runs one release:';
  const rows = [...byRelease].map(([release, names]) => {
    const more = names.length - MOST_NAMES;
    return `  ${plural(names.length, 'instance')} on ${release}: ${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  });
  return [byRelease.size > 1 ? 'the fleet is mixed:' : one, ...rows];
}
