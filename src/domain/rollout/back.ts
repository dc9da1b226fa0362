import type { RolloutCommand } from './command';
import { ask, isExposed } from './delivery';
import { ofGroup, previousGroup, routedPrefix } from './grouping';
import { hookFirst } from './hooking';
import type { Phase } from './phase';
import { hasSteady, mayGoBack, nextWeight } from './retreat';
import type { RolloutState, WayBack } from './state';
import type { TerminalStatus } from '../status';

/**
 * Goes on with the way back: requests first, then flags, then instances. Returns the status to end with once all of it
 * has its end.
 */
export function advanceBack(state: RolloutState, commands: RolloutCommand[]): TerminalStatus | undefined {
  const { back, members, delivery } = state;
  if (!back || delivery.act) return undefined;
  const restoring = members.number('restoring');
  if (state.hold)
    return !seek(state, back) && restoring === 0 && !state.asked.generation && isBack(state, back)
      ? back.final
      : undefined;
  if (back.which !== 'failed' && retreat(state, back, commands)) return undefined;
  // A generation may have been asked for before it was said that instances stay.
  const open = restoring > 0 || state.asked.generation;
  if (!seek(state, back)) {
    if (open || takeLeftShare(state, back, commands)) return undefined;
    if (previousGroup(state, back, commands)) return advanceBack(state, commands);
    return endOf(state, back, commands);
  }
  if (state.rollbackGeneration === null) {
    if (!state.asked.generation) {
      state.asked.generation = true;
      commands.push({ kind: 'draw_generation' });
    }
    return undefined;
  }
  const ordinals: number[] = [];
  // Asked for each anew: one that waited to be tried again was out of service already.
  const mayTake = () => members.number('restoring') < back.concurrency && mayGoBack(state) > 0;
  while (mayTake() && seek(state, back)) {
    const ordinal = members.at(back.position);
    if (ordinal === undefined) break;
    members.move(ordinal, 'restoring');
    ordinals.push(ordinal);
  }
  if (ordinals.length > 0) commands.push({ kind: 'restore', ordinals, generation: state.rollbackGeneration });
  return undefined;
}

/** What is taken back before instances are; whether it has to be waited for. What can't be done holds up nothing else. */
function retreat(state: RolloutState, back: WayBack, commands: RolloutCommand[]): boolean {
  const { delivery } = state;
  if (hookFirst(state, 'pre_rollback', 'rollback', commands)) return true;
  // Cut in the middle, it is nothing that a way back could begin from.
  if (delivery.settling && !delivery.settled && !back.gaveUp.includes('settle')) {
    ask(state, { kind: 'settle', ...ofGroup(state) }, commands);
    return true;
  }
  const weight = back.gaveUp.includes('shift') ? undefined : nextWeight(state);
  if (weight !== undefined) {
    ask(state, { kind: 'shift', weight, ...ofGroup(state) }, commands);
    return true;
  }
  if (delivery.flagged && !back.gaveUp.includes('restore_flags')) {
    ask(state, { kind: 'restore_flags' }, commands);
    return true;
  }
  return false;
}

/** Requests that could not be taken away before are tried once more when all instances have their end; whether they are. */
function takeLeftShare(state: RolloutState, back: WayBack, commands: RolloutCommand[]): boolean {
  if (back.which === 'failed' || !isExposed(state) || back.lastTried) return false;
  const { delivery } = state;
  const stays = `${routedPrefix(state)}traffic`;
  back.lastTried = true;
  // What stood in the way may be gone by now: then it is a fault no more.
  delivery.faults = delivery.faults.filter((fault) => !fault.startsWith(stays));
  if (back.which === 'none' || hasSteady(state)) {
    ask(state, { kind: 'shift', weight: 0, ...ofGroup(state) }, commands);
    return true;
  }
  delivery.faults.push(
    `${stays} stays: the release keeps ${delivery.exposed}% of the requests, since nobody is back who could take them`,
  );
  return false;
}

/** Who wants to be told when all of it is back. */
function endOf(state: RolloutState, back: WayBack, commands: RolloutCommand[]): TerminalStatus | undefined {
  if (back.which === 'failed') return back.final;
  return hookFirst(state, 'post_rollback', 'rollback', commands) ? undefined : back.final;
}

/** Whether nothing is left that would have to be asked for. */
function isBack(state: RolloutState, back: WayBack): boolean {
  const { delivery, policy } = state;
  if ((back.groups ?? []).length > 0) return false;
  if (back.which === 'failed') return true;
  const told = policy.hooks?.post_rollback === undefined || delivery.hooked.post_rollback !== undefined;
  const flagged = delivery.flagged && !back.gaveUp.includes('restore_flags');
  return told && !flagged && (!isExposed(state) || back.lastTried === true);
}

/** Moves the position to the next member that is to go back; false: there is none. */
function seek(state: RolloutState, back: WayBack): boolean {
  const { members } = state;
  for (;;) {
    for (; back.position >= 0; back.position--) {
      const ordinal = members.at(back.position);
      if (ordinal !== undefined && members.isHere(ordinal) && goesBack(state, back, ordinal)) return true;
    }
    if (back.pass === 'others') return false;
    back.pass = 'others';
    back.position = members.total - 1;
  }
}

/** One that was touched is excluded only when it left and came back out of reach. */
const OTHERS: readonly Phase[] = ['good', 'skipped', 'pending', 'excluded'];

function goesBack(state: RolloutState, back: WayBack, ordinal: number): boolean {
  const { members } = state;
  if (back.which === 'none' || !members.touched(ordinal) || members.gone(ordinal)) return false;
  const phase = members.phase(ordinal);
  if (phase === 'failed') return true;
  if (back.which === 'failed') return false;
  // In a rollback of its own all wait, and those that aren't well go first.
  if (state.mode === 'rollback' && members.unhealthy(ordinal) && phase === 'pending') return true;
  return back.pass === 'others' && OTHERS.includes(phase);
}
