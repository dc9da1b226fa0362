import type { Versions } from '../instance';
import type { DeploymentSpec } from '../spec';
import { plainly } from '../strategies/plain';

/**
 * The spec of a repair: that of the deployment which left the desired state, for these instances only, asking nobody: no
 * person, and nobody who measures, as what they are brought to was judged then.
 */
export function repairSpec(spec: DeploymentSpec, release: Versions, names: string[]): DeploymentSpec {
  const { snapshotFile: _, ...rest } = plainly(spec);
  return {
    ...rest,
    release,
    selection: { only: names, exclude: [], first: [] },
    unreachable: 'exclude',
    approvals: [],
    onFailure: spec.onFailure === 'pause' ? 'abort' : spec.onFailure,
    force: false,
  };
}
