import type { Fault } from '../plant';

/** In how long is waited, and what the deadline counts. */
export const WAIT_FAULTS: Fault[] = [
  {
    name: 'a hold loses a wait',
    file: 'rollout/decide.ts',
    find: `      state.hold = true;`,
    replace: `      state.hold = true;
      state.wait = null;`,
  },
  {
    name: 'continuing as new begins a wait anew',
    file: 'rollout/pack.ts',
    find: `  return { data, members: members.pack() };`,
    replace: `  return { data: { ...data, wait: null }, members: members.pack() };`,
  },
  {
    name: 'the deadline counts the time paused',
    file: 'rollout/deadline.ts',
    find: ` && state.pausedSince === null;`,
    replace: `;`,
  },
  {
    name: 'the deadline counts the time awaiting a person',
    file: 'rollout/deadline.ts',
    find: `state.wait.kind !== 'pause_between'`,
    replace: `state.wait.kind === 'bake'`,
  },
  {
    name: 'the pause between batches is cut short by a failure',
    file: 'rollout/decide.ts',
    find: `  listFailure(state, failure);
  tripIfOver(`,
    replace: `  listFailure(state, failure);
  state.wait = null;
  state.prepared.waited = true;
  tripIfOver(`,
  },
];
