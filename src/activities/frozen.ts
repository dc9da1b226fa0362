import { frozenText, type Freeze } from '../domain/freeze';
import type { Request } from '../store/types';
import type { Tools } from './dependencies';
import { Refusal } from './refusal';

/** Refuses to go forward where it is frozen. Going back is never refused. */
export async function refuseFrozen({ store }: Tools, { kind, spec, overrideFreeze }: Request): Promise<void> {
  if (kind === 'rollback' || overrideFreeze !== undefined) return;
  const { environment, service } = spec;
  refuseForbidden(spec, await store.freezesInForce({ environment, service }));
}

/** Refuses when there is any freeze among those that were found. */
export function refuseForbidden({ environment, service }: Request['spec'], freezes: readonly Freeze[]): void {
  if (freezes.length > 0) throw new Refusal(frozenText({ environment, service }, freezes));
}
