import { InputError } from '../domain/errors';
import { freezeText, frozenText, scopeText, unfreezeCommand, type FreezeScope } from '../domain/freeze';
import { instantText } from '../domain/instant';
import { nearest } from '../domain/names';
import type { ControlStore, FreezeOrder, Request } from '../store/types';
import type { Asker, Frozen, Unfrozen, Within } from './control';
import { Refused } from './errors';
import { bindsWithin } from './within';

/** How many deployments a scope is compared with, to which nothing was ever deployed. */
const COMPARED = 200;

/** Lets nothing new go forward there from now on. */
export async function freeze(
  store: ControlStore,
  { within = {}, ...order }: FreezeOrder & { within?: Within },
): Promise<Frozen> {
  const answer = await store.freeze(order);
  switch (answer.kind) {
    case 'past':
      throw new InputError(`--until is in the past: it is ${instantText(answer.now)} by the database's clock`);
    case 'taken': {
      const hint = `give --replace to freeze it like this instead, or lift it with \`${unfreezeCommand(order.scope)}\``;
      throw new Refused(`${scopeText(order.scope)} is frozen already: ${freezeText(answer.freeze)}`, [hint]);
    }
    case 'same':
    case 'frozen': {
      const { freeze: placed, inFlight: in_flight } = answer;
      const replaced = answer.kind === 'frozen' && answer.replaced ? { replaced: answer.replaced } : {};
      const notices = await unknownNotices(store, order.scope, within);
      return { freeze: placed, ...replaced, already: answer.kind === 'same', in_flight, notices };
    }
  }
}

/** Lifts the freeze of this very scope; refused, with what is frozen now (of what whoever asks sees), when there is none. */
export async function unfreeze(
  store: ControlStore,
  scope: FreezeScope,
  { actor: by, reason, within = {} }: Asker & { within?: Within },
): Promise<Unfrozen> {
  const lifted = await store.unfreeze({ scope, by, ...(reason === undefined ? {} : { reason }) });
  if (lifted !== undefined) return { freeze: lifted, still: await store.freezesInForce(scope) };
  const now = (await store.freezesInForce({})).filter((each) => bindsWithin(within, each.scope));
  const isEverything = scope.environment === undefined;
  if (now.length === 0) {
    throw new Refused(isEverything ? 'nothing is frozen' : `${scopeText(scope)} is not frozen; nothing is`);
  }
  throw new Refused(
    isEverything ? 'there is no freeze of everything, only these' : `${scopeText(scope)} has no freeze of its own`,
    now.map((each) => `${freezeText(each)}; \`${unfreezeCommand(each.scope)}\` lifts it`),
  );
}

/** Refuses to go forward where it is frozen, before anything is stored; `begin` has the last word. */
export async function refuseFrozen(
  store: ControlStore,
  { kind, spec, overrideFreeze }: Pick<Request, 'kind' | 'spec' | 'overrideFreeze'>,
): Promise<void> {
  if (kind === 'rollback' || overrideFreeze !== undefined) return;
  const { environment, service } = spec;
  const freezes = await store.freezesInForce({ environment, service });
  if (freezes.length > 0) throw new Refused(frozenText({ environment, service }, freezes));
}

/** A slip in a name would freeze nothing that anybody deploys to. */
async function unknownNotices(store: ControlStore, scope: FreezeScope, within: Within): Promise<string[]> {
  if (scope.environment === undefined || (await store.deployments({ ...scope, limit: 1 })).length > 0) return [];
  const known = (await store.deployments({ ...within, limit: COMPARED })).map(({ environment, service }) =>
    scopeText(scope.service === undefined ? { environment } : { environment, service }),
  );
  const meant = nearest(scopeText(scope), known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return [`Nothing was deployed to ${scopeText(scope)} so far${hint}`];
}
