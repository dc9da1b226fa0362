import type { Instance } from '../domain';
import { slotOf, type Sides } from '../domain/strategies/slot';
import { routableBy } from '../drivers/traffic/unroutable';
import type { Request } from '../store/types';
import type { Tools } from './dependencies';
import { Refusal } from './refusal';
import type { Began } from './types';

/** How requests are told where to go, as far as a deployment's answer to its begin says it. */
export type RoutedBegin = Pick<Began, 'sides' | 'shared'>;

const NAMED = 5;

/** Refuses routers that can't serve the deployment, before anything is touched; answers with which side is which. */
export async function refuseUnroutable(
  tools: Tools,
  request: Request,
  generation: number,
  members: readonly Instance[],
  signal: AbortSignal,
): Promise<RoutedBegin> {
  const { traffic } = tools.deployments.keep(generation, request);
  const back = request.kind === 'rollback';
  const release = await releaseSide(tools, request);
  const found = await routableBy(traffic, request.spec, members, { back, ...(release && { release }) }, signal);
  if ('refused' in found) throw new Refusal(found.refused);
  const { sides, share } = found;
  if (sides === undefined) return {};
  if (back && share > 0) refuseChangedSince(request, members, sides);
  return { sides, ...(back && { shared: { weight: share, exposed: share } }) };
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

/** The group that a deployment which is undone brought its release to. */
async function releaseSide({ store }: Tools, { rollbackOf }: Request): Promise<string | undefined> {
  if (rollbackOf === undefined) return undefined;
  const begun = (await store.begun(rollbackOf)) as Began | undefined;
  return begun?.sides?.release;
}

/** Whether an instance is of the group that serves: it is listed, and nobody touches it. */
export function isServing({ spec }: Pick<Request, 'spec'>, instance: Instance, sides: Sides | undefined): boolean {
  const { strategy } = spec;
  return strategy.kind === 'blue_green' && sides !== undefined && slotOf(strategy, instance) === sides.before;
}
