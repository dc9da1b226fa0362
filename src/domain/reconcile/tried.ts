import { sameVersions, type Versions } from '../instance';
import type { Status } from '../status';
import type { FleetInstance } from './drift';

/** What one deployment did with an instance. */
export interface Episode {
  id: string;
  kind: 'deploy' | 'rollback' | 'reconcile';
  status: Status;
  /** A repair that gave way to a deployment. */
  superseded: boolean;
  /** Absent: in flight. */
  endedAt?: Date;
  touched: boolean;
  /** How its change ended; absent: it had none. */
  result?: string;
  reason?: string;
  /** What the instance was last known to run then. */
  versions?: Versions;
}

/** However often an instance changes its mind, it isn't repaired for ever. */
const MOST_TRIES = 3;

export interface Tried {
  /** A repair has brought it to this very desired state before. */
  brought: boolean;
  /** A person's deployment that touched it since. */
  person?: string;
  /** Why it isn't tried again. */
  failed?: string;
}

/** What came of an instance since its service is to run what it is to run. */
export function triedOf({ episodes, enrolledAt, versions }: FleetInstance): Tried {
  const lastByPerson = episodes.findLastIndex(({ kind, touched }) => kind !== 'reconcile' && touched);
  const person = episodes[lastByPerson];
  const areRepairs = (some: Episode[]) =>
    some.filter(({ kind, endedAt }) => kind === 'reconcile' && endedAt !== undefined);
  const brought = areRepairs(episodes).some(isGood);
  // What failed before a person had it by name is of no interest since.
  const since = areRepairs(episodes.slice(lastByPerson + 1));
  const tries = since.filter((one) => isTry(one) && one.endedAt! >= enrolledAt);
  const last = tries.at(-1);
  const failed =
    last === undefined || (tries.length < MOST_TRIES && !sameVersions(last.versions, versions))
      ? undefined
      : failureText(last, tries.length);
  return {
    brought,
    ...(person === undefined ? {} : { person: person.id }),
    ...(failed === undefined ? {} : { failed }),
  };
}

function isGood({ result, status }: Episode): boolean {
  return result === 'good' && (status === 'succeeded' || status === 'completed_with_failures');
}

/** One that gave way to a deployment, or never came to the instance, says nothing about it. */
function isTry(episode: Episode): boolean {
  if (episode.superseded || isGood(episode)) return false;
  return episode.touched || isStopped(episode);
}

function isStopped({ status }: Episode): boolean {
  return status === 'aborted' || status === 'cancelled';
}

function failureText(last: Episode, tries: number): string {
  const { id, reason, status } = last;
  const why = isStopped(last)
    ? `${id} was ${status}`
    : `${id}: ${reason ?? `ended ${status.replaceAll('_', ' ')}`}; \`belay retry ${id}\` tries it again`;
  return tries < MOST_TRIES ? why : `${why} (tried ${tries} times)`;
}
