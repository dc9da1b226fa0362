import { durationText } from '../duration';
import { experimentNotes } from '../experiment';
import { healthWord } from '../instance';
import type { DeploymentSpec } from '../spec';
import { mingledText } from '../strategies/mingled';
import { undividedText } from '../strategies/undivided';
import { hasRouter } from '../traffic';
import { goesFirst } from './current';
import { nameOf, type Judged } from './judged';
import { releaseDocument } from '../status';
import { counted, nameList, releaseText } from './words';

/** Which shares those are that a router gives to a part of its fleet. */
export function partNotes({ strategy, traffic }: DeploymentSpec, targeted: number, excluded: string[]): string[] {
  if (strategy.kind === 'blue_green' && excluded.length > 0) {
    return [
      `left out, and sent requests all the same while they are servers of their group, whatever they run: ${nameList(excluded)}`,
    ];
  }
  const shared = strategy.kind === 'canary' || strategy.kind === 'experiment';
  if (!shared || !hasRouter(traffic) || excluded.length === 0) return [];
  const some = `only ${targeted} of the fleet's ${counted(targeted + excluded.length, 'instance')} can have the release`;
  return [
    `shares are of all requests, and ${some}: they get all of its share, and only and exclude leave out the others: ${nameList(excluded)}`,
  ];
}

/**
 * What a person should know before it runs.
 * @param countedMs what it takes at least of the time that counts towards the deadline
 */
export function notesOf(spec: DeploymentSpec, batches: number, countedMs: number, changing: Judged[]): string[] {
  const { strategy, metrics } = spec;
  const notes = strategy.kind === 'experiment' && metrics !== undefined ? experimentNotes(strategy) : [];
  if (strategy.kind === 'feature_flags' && spec.analysis === undefined) {
    notes.push('nothing judges the features: without analysis the steps follow one another at once');
  }
  const never = spec.approvals.filter(({ beforeBatch }) => beforeBatch > batches);
  for (const { beforeBatch } of never) {
    notes.push(
      `nobody is asked before batch ${beforeBatch}: there ${batches === 1 ? 'is 1 batch' : `are ${batches} batches`}`,
    );
  }
  const { deploymentMs } = spec.timeouts;
  if (deploymentMs !== undefined && countedMs > deploymentMs) {
    notes.push(
      `it can't end within timeouts.deployment, ${durationText(deploymentMs)}: it needs ${durationText(countedMs)} at least`,
    );
  }
  const mingled = mingledText(
    spec,
    changing.flatMap(({ current }) => current.versions ?? []),
  );
  if (mingled !== undefined) notes.push(mingled);
  const undivided = undividedText(spec);
  if (undivided !== undefined) notes.push(undivided);
  const unhealthy = changing.filter(({ current }) => goesFirst(current) && current.unreachable === undefined);
  if (unhealthy.length > 0) {
    notes.push(
      `not healthy now, so they go first: ${nameList(unhealthy.map(({ member, current }) => `${member.name} (${healthWord(current.health)})`))}`,
    );
  }
  const fresh = changing.filter(({ current }) => current.versions === undefined);
  if (fresh.length > 0) {
    notes.push(
      `what ${fresh.length === 1 ? 'this one runs' : 'these run'} is not known, so a rollback can't bring it back: ${nameList(fresh.map(nameOf))}`,
    );
  }
  const outOfArtifacts = changing.filter(({ current }) => current.versions?.artifact !== undefined);
  if (outOfArtifacts.length > 0 && spec.release.artifact === undefined && spec.driver.kind !== 'simulated') {
    notes.push(
      `what runs came in an artifact, and this release names none: release.artifact is missing, unless the update command does without: ${nameList(outOfArtifacts.map(nameOf))}`,
    );
  }
  if (spec.force)
    notes.push(`forced: instances that run ${releaseText(releaseDocument(spec.release))} already are changed as well`);
  return notes;
}
