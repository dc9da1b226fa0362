import { HEALTH, type ChangeOutcome } from '../domain';
import type { Tools } from './dependencies';
import { heartbeating } from './running';
import type { ChangeInput } from './types';
import { carryOut } from './work';

/** Brings one instance to the release. */
export function changeInstance(
  tools: Tools,
  { generation, ordinal, name, round }: ChangeInput,
): Promise<ChangeOutcome> {
  return heartbeating(async (signal) => {
    const { spec } = (await tools.deployments.of(generation)).request;
    return carryOut<ChangeOutcome>(
      tools,
      {
        key: { generation, ordinal, towards: 'release', round, fence: generation },
        name,
        results: { good: 'good', bad: 'failed', cancelled: 'cancelled' },
        minHealthyMs: spec.minHealthyMs,
        aim: () => ({ goal: { versions: spec.release, health: HEALTH.HEALTHY } }),
      },
      signal,
    );
  });
}
