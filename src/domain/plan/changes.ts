import type { DeploymentSpec } from '../spec';
import type { Judged } from './judged';
import type { PlannedChange } from './plan';
import { releaseDocument } from '../status';

/** Who goes from what to what, grouped by identical difference, the largest group first. */
export function changesOf(spec: DeploymentSpec, changing: Judged[]): PlannedChange[] {
  const groups = new Map<string, PlannedChange>();
  for (const { member, current } of changing) {
    const from = current.versions === undefined ? null : releaseDocument(current.versions);
    const key = JSON.stringify(from);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { from, to: releaseDocument(spec.release), instances: [member.name] });
    else group.instances.push(member.name);
  }
  return [...groups.values()].sort((a, b) => b.instances.length - a.instances.length);
}
