import type { RestoreOutcome } from '../domain';
import type { Request } from '../store/types';
import type { WorkKey } from '../store/work-attempt';
import type { WorkMember } from '../store/work-member';
import type { Tools } from './dependencies';
import { heartbeating } from './running';
import type { RestoreInput } from './types';
import { carryOut } from './carry-out';
import type { Work } from './work';

const FIRST_INSTALL =
  'no previous version is known; deploy the version that it should run, or take the instance out of the fleet';

/** Brings one instance back to its snapshot. */
export function restoreInstance(tools: Tools, input: RestoreInput): Promise<RestoreOutcome> {
  const { generation, ordinal, name, rollbackGeneration, settled } = input;
  return heartbeating(async (signal) => {
    const { request } = await tools.deployments.of(generation);
    return carryOut(
      tools,
      restoreWork(request, { generation, ordinal, fence: rollbackGeneration }, name, settled),
      signal,
    );
  });
}

/** What it is to bring an instance back. */
export function restoreWork(
  request: Request,
  key: Pick<WorkKey, 'generation' | 'ordinal' | 'fence'>,
  name: string,
  settled = false,
): Work<RestoreOutcome> {
  return {
    key: { ...key, towards: 'snapshot', round: 0 },
    name,
    results: { good: 'restored', bad: 'unresolved', cancelled: 'cancelled', left: 'unresolved' },
    // Restored is an instance as it was, at once.
    minHealthyMs: 0,
    settled,
    aim: (started) => aimOf(request, started),
  };
}

/** A rollback of its own goes to what its request says, and undoes what others touched. */
function aimOf(
  request: Request,
  { member, touched }: { member: WorkMember; touched: boolean },
): ReturnType<Work<RestoreOutcome>['aim']> {
  const ownRollback = request.kind === 'rollback';
  if (!touched && !ownRollback) return { ends: 'good' };
  const snapshot = ownRollback ? (member.target ?? member.snapshot) : member.snapshot;
  const { versions, health } = snapshot;
  return versions === undefined ? { ends: 'bad', reason: FIRST_INSTALL } : { goal: { versions, health } };
}
