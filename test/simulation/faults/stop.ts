import type { Fault } from '../plant';

/** In what an abort, a pause or a cancellation does to what is in flight. */
export const STOP_FAULTS: Fault[] = [
  {
    name: 'an abort still starts one',
    file: 'rollout/stop.ts',
    find: `  state.stop = next;`,
    replace: `  if (next.cause === 'abort') {
    const one = state.members.in('pending')[0];
    if (one !== undefined) {
      state.members.move(one, 'changing');
      commands.push({ kind: 'change', ordinals: [one], round: state.round });
    }
  }
  state.stop = next;`,
  },
  {
    name: 'an abort in a rollback is overtaken by its end',
    file: 'rollout/stop.ts',
    find: `  if (next.cause === 'abort') return true;`,
    replace: ``,
  },
  {
    name: 'a pause lets the next batch start',
    file: 'rollout/advance.ts',
    find: `    } else if (state.pausedSince === null) {`,
    replace: `    } else {`,
  },
  {
    name: 'a cancelled change is not counted as touched',
    file: 'rollout/decide.ts',
    find: `  if (outcome.result === 'good') {`,
    replace: `  if (outcome.result === 'cancelled') {
    state.members.move(outcome.ordinal, 'unchanged');
    return;
  }
  if (outcome.result === 'good') {`,
  },
  {
    name: 'a cancellation ends before what is in flight has ended',
    file: 'rollout/stop.ts',
    find: `|| !isQuiet(state)) return undefined;`,
    replace: `|| (current.cause !== 'cancel' && !isQuiet(state))) return undefined;`,
  },
];
