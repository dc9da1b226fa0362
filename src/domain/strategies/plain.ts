import type { DeploymentSpec } from '../spec';
import { paceOf } from './pace';

/**
 * The same deployment without anything around the instances: batch after batch, told to nobody, judged by health. For
 * what was judged before, and is only to be brought to some that lack it.
 */
export function plainly(spec: DeploymentSpec): DeploymentSpec {
  const { analysis: _, hooks: __, windows: ___, groups: ____, flags: _____, ...rest } = spec;
  return { ...rest, strategy: { kind: 'rolling', ...paceOf(spec.strategy), bakeMs: 0 } };
}
