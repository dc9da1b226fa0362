import type { Instance } from '../domain';
import { slotOf, type Sides } from '../domain/strategies/slot';
import { routableBy } from '../drivers/traffic/unroutable';
import type { Request } from '../store/types';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { Refusal } from './refusal';
import type { Began, SharedBefore } from './types';

/** How requests are told where to go, as far as a deployment's answer to its begin says it. */
export type RoutedBegin = Pick<Began, 'sides' | 'sidesByGroup' | 'shared'>;

const NAMED = 5;

/** Refuses routers that can't serve the deployment, before anything is touched; answers with which side is which. */
export async function refuseUnroutable(
  tools: Tools,
  request: Request,
  generation: number,
  members: readonly Instance[],
  signal: AbortSignal,
): Promise<RoutedBegin> {
  const { routers } = tools.deployments.keep(generation, request);
  const back = request.kind === 'rollback';
  const release = await releaseSides(tools, request);
  const found = await routableBy(routers, request.spec, members, { back, release }, signal);
  if ('refused' in found) throw new Refusal(found.refused);
  const sides: Record<string, Sides> = {};
  const shared: Record<string, SharedBefore> = {};
  for (const [group, routed] of found) {
    if (routed.sides === undefined) continue;
    const some = group === undefined ? members : members.filter((each) => routers?.groupOf(each) === group);
    if (back && routed.share > 0) refuseChangedSince(request, some, routed.sides);
    const had = { weight: routed.share, exposed: routed.share };
    if (group === undefined) return { sides: routed.sides, ...(back && { shared: had }) };
    sides[group] = routed.sides;
    shared[group] = had;
  }
  if (Object.keys(sides).length === 0) return {};
  return { sidesByGroup: sides, ...(back && { shared: { groups: shared } }) };
}

/** Which side is which for a group of the fleet (undefined: for all of it); undefined: nothing can be told where requests go. */
export function sidesIn(begun: Pick<Began, 'sides' | 'sidesByGroup'>, group: string | undefined): Sides | undefined {
  return group === undefined ? begun.sides : begun.sidesByGroup?.[group];
}

/** What of the requests the release had when a rollback of its own began. */
export function sharedIn({ shared }: Pick<Began, 'shared'>, group: string | undefined): SharedBefore | undefined {
  return group === undefined ? shared : shared?.groups?.[group];
}

/** To switch back touches nobody: it brings back only what the other group still runs. */
function refuseChangedSince({ spec: { strategy } }: Request, members: readonly Instance[], { before }: Sides): void {
  if (strategy.kind !== 'blue_green') return;
  const changed = members.filter((each) => slotOf(strategy, each) === before).map(({ name }) => name);
  if (changed.length === 0) return;
  const more = changed.length > NAMED ? ` and ${changed.length - NAMED} more` : '';
  throw new Refusal(
    `${changed.slice(0, NAMED).join(', ')}${more} of ${before} ran something else then, and a rollback of blue-green only switches requests; deploy the release that is wanted`,
  );
}

/** The side that a deployment which is undone brought its release to. */
async function releaseSides({ store }: Tools, { rollbackOf }: Request) {
  const begun = rollbackOf === undefined ? undefined : ((await store.begun(rollbackOf)) as Began | undefined);
  return (group: string | undefined) => begun && sidesIn(begun, group)?.release;
}

/** Whether an instance is of the group that serves: it is listed, and nobody touches it. */
export function isServing(
  { request: { spec }, routers }: Deployment,
  instance: Instance,
  begun: Pick<Began, 'sides' | 'sidesByGroup'>,
): boolean {
  const { strategy } = spec;
  if (strategy.kind !== 'blue_green') return false;
  const before = sidesIn(begun, routers?.groupOf(instance))?.before;
  return before !== undefined && slotOf(strategy, instance) === before;
}
