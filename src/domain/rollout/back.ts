import type { RolloutCommand } from './command';
import type { Phase } from './phase';
import type { RolloutState, WayBack } from './state';
import type { TerminalStatus } from '../status';

/** Goes on with the way back; returns the status to end with once every member of it has its end. */
export function advanceBack(state: RolloutState, commands: RolloutCommand[]): TerminalStatus | undefined {
  const { back, members } = state;
  if (!back) return undefined;
  const restoring = members.number('restoring');
  if (!seek(state, back)) return restoring === 0 ? back.final : undefined;
  if (state.hold) return undefined;
  if (state.rollbackGeneration === null) {
    if (!state.asked.generation) {
      state.asked.generation = true;
      commands.push({ kind: 'draw_generation' });
    }
    return undefined;
  }
  const ordinals: number[] = [];
  while (ordinals.length < back.concurrency - restoring && seek(state, back)) {
    const ordinal = members.at(back.position);
    if (ordinal === undefined) break;
    members.move(ordinal, 'restoring');
    ordinals.push(ordinal);
  }
  if (ordinals.length > 0) commands.push({ kind: 'restore', ordinals, generation: state.rollbackGeneration });
  return undefined;
}

/** Moves the position to the next member that is to go back; false: there is none. */
function seek(state: RolloutState, back: WayBack): boolean {
  for (;;) {
    for (; back.position >= 0; back.position--) {
      const ordinal = state.members.at(back.position);
      if (ordinal !== undefined && goesBack(state, back, ordinal)) return true;
    }
    if (back.pass === 'others') return false;
    back.pass = 'others';
    back.position = state.members.total - 1;
  }
}

/** One that was touched is excluded only when it left and came back out of reach. */
const OTHERS: readonly Phase[] = ['good', 'skipped', 'pending', 'excluded'];

function goesBack(state: RolloutState, back: WayBack, ordinal: number): boolean {
  const { members } = state;
  if (!members.touched(ordinal) || members.gone(ordinal)) return false;
  const phase = members.phase(ordinal);
  if (phase === 'failed') return true;
  if (back.which === 'failed') return false;
  // In a rollback of its own all wait, and those that aren't well go first.
  if (state.mode === 'rollback' && members.unhealthy(ordinal) && phase === 'pending') return true;
  return back.pass === 'others' && OTHERS.includes(phase);
}
