import { flagsNamed, missingFlagTexts } from '../domain/flags';
import type { DeploymentSpec } from '../domain';
import type { DeployedFlagStore, HeldFlag } from '../store/deployed-flag-types';
import type { FlagStore } from '../store/flag-types';
import type { Request } from '../store/types';
import type { ClaimHolder } from '../store/work-store';
import { firstRunning } from './claim';
import type { Tools } from './dependencies';
import { Refusal } from './refusal';
import { heartbeating } from './running';
import type { Acted, Activities } from './types';

/** Sets flags for a deployment, or puts them back; repeated, it changes nothing twice. */
export function setFlags({ store }: Tools, input: Parameters<Activities['setFlags']>[0]): Promise<Acted> {
  return heartbeating(async () => {
    const fault = await carryOut(store, input);
    return fault === undefined ? {} : { fault };
  });
}

function carryOut(
  store: DeployedFlagStore,
  { act, ...of }: Parameters<Activities['setFlags']>[0],
): Promise<string | undefined> {
  switch (act.kind) {
    case 'set_flags':
      return store.setFlags({ ...of, flags: act.flags });
    case 'restore_flags':
      return store.restoreFlags({ ...of, ...(act.features === undefined ? {} : { features: act.features }) });
  }
}

/** For each flag that the spec names and that isn't there: that it isn't, with what was probably meant. */
export async function missingFlags(store: Pick<FlagStore, 'flags'>, spec: DeploymentSpec): Promise<string[]> {
  if (flagsNamed(spec).length === 0) return [];
  const there = await store.flags({ environments: [spec.environment] });
  return missingFlagTexts(
    spec,
    there.map(({ key }) => key),
  );
}

/** Whether what a rollback of its own undoes has set flags that are still to be put back. */
export async function hasFlagsToRestore(store: DeployedFlagStore, { kind, rollbackOf }: Request): Promise<boolean> {
  if (kind !== 'rollback' || rollbackOf === undefined) return false;
  return (await store.flagsToRestore(rollbackOf)).length > 0;
}

/** Refuses flags that aren't there, and those that another deployment in flight sets, naming it. What is lost is ended. */
export async function refuseFlags(tools: Tools, { spec, kind }: Request, generation: number): Promise<void> {
  const { store } = tools;
  if (kind === 'rollback') return;
  const missing = await missingFlags(store, spec);
  if (missing.length > 0) throw new Refusal(missing.join('; and '));
  const held = await store.flagsHeld(generation, spec.environment, flagsNamed(spec));
  const running = await firstRunning(tools, [
    ...new Map(held.map(({ holder }) => [holder.generation, holder])).values(),
  ]);
  if (running !== undefined) throw heldBy(running, held);
}

function heldBy({ generation, id }: ClaimHolder, held: HeldFlag[]): Refusal {
  const keys = held.filter(({ holder }) => holder.generation === generation).map(({ key }) => key);
  const what = keys.length === 1 ? `the flag ${keys[0] ?? ''} is` : `the flags ${keys.join(', ')} are`;
  return new Refusal(`${what} being set already by ${id}; wait for its end, or end it with \`belay abort ${id}\``, id);
}
