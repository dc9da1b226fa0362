import { HEALTH, type ChangeOutcome } from '../domain';
import type { Request } from '../store/types';
import type { WorkKey } from '../store/work-attempt';
import type { Tools } from './dependencies';
import { heartbeating } from './running';
import type { ChangeInput } from './types';
import { carryOut } from './carry-out';
import type { Work } from './work';

/** Brings one instance to the release. */
export function changeInstance(
  tools: Tools,
  { generation, ordinal, name, round, settled }: ChangeInput,
): Promise<ChangeOutcome> {
  return heartbeating(async (signal) => {
    const { request } = await tools.deployments.of(generation);
    return carryOut(tools, changeWork(request, { generation, ordinal, round }, name, settled), signal);
  });
}

/** What it is to bring an instance to the release. */
export function changeWork(
  { spec }: Request,
  { generation, ordinal, round }: Pick<WorkKey, 'generation' | 'ordinal' | 'round'>,
  name: string,
  settled = false,
): Work<ChangeOutcome> {
  return {
    key: { generation, ordinal, towards: 'release', round, fence: generation },
    name,
    results: { good: 'good', bad: 'failed', cancelled: 'cancelled', left: 'left' },
    minHealthyMs: spec.minHealthyMs,
    settled,
    aim: () => ({ goal: { versions: spec.release, health: HEALTH.HEALTHY } }),
  };
}
