import { sameVersions, type Versions } from '../instance';
import { isTerminal, type Status } from '../status';

/**
 * The newest deployment of a service that says what its fleet is to run: a whole one (nobody was left out by name) or a
 * rollback. Never a repair.
 */
export interface DecisiveDeployment {
  /** `environment/service/generation` */
  id: string;
  generation: number;
  status: Status;
  release: Versions;
  /** What the fleet ran when it had ended, each instance's; asked for only where it was rolled back. */
  left: Versions[];
  /** Its groups are to run different releases: it is blue-green. */
  sided?: boolean;
}

export type DesiredState =
  | { kind: 'desired'; versions: Versions }
  /** Nobody reconciles. */
  | { kind: 'none'; why: string };

/** What a fleet is to run outside of deployments. */
export function desiredOf({ id, status, release, left, sided = false }: DecisiveDeployment): DesiredState {
  if (sided) return none(`${id} keeps one of its groups on what ran before`);
  if (!isTerminal(status)) return none(`${id} is in flight`);
  switch (status) {
    case 'succeeded':
      return { kind: 'desired', versions: release };
    case 'rolled_back':
      return afterRollback(id, left);
    case 'completed_with_failures':
    case 'failed':
    case 'aborted':
    case 'cancelled':
    case 'rollback_incomplete':
      return none(`${id} ended ${status.replaceAll('_', ' ')}: the next deployment that succeeds says what is to run`);
  }
}

function afterRollback(id: string, left: Versions[]): DesiredState {
  // One that doesn't tell its artifact is like all others.
  const first = left.find(({ artifact }) => artifact !== undefined) ?? left[0];
  if (first === undefined) return none(`${id} was rolled back, and nobody knows to what`);
  if (left.every((each) => sameVersions(each, first))) return { kind: 'desired', versions: first };
  return none(`${id} was rolled back, and not all run the same since`);
}

function none(why: string): DesiredState {
  return { kind: 'none', why };
}
