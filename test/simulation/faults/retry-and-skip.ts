import type { Fault } from '../plant';

/** In what a retry or a skip does to the counts and the rounds. */
export const RETRY_AND_SKIP_FAULTS: Fault[] = [
  {
    name: 'retry counts twice: it is still listed as failed',
    file: 'rollout/messages.ts',
    find: `    state.members.move(ordinal, state.members.turnOf(ordinal));
    forgetFailure(state, ordinal);`,
    replace: `    state.members.move(ordinal, state.members.turnOf(ordinal));`,
  },
  {
    name: 'retry counts twice: it is targeted once more',
    file: 'rollout/messages.ts',
    find: `    state.members.move(ordinal, state.members.turnOf(ordinal));`,
    replace: `    state.targeted++;
    state.members.move(ordinal, state.members.turnOf(ordinal));`,
  },
  {
    name: 'retry takes the recorded outcome for a new one',
    file: 'rollout/messages.ts',
    find: `  state.round++;`,
    replace: ``,
  },
  {
    name: 'a skipped one still counts as failed',
    file: 'rollout/messages.ts',
    find: `    state.members.move(ordinal, 'skipped');`,
    replace: `    if (state.members.phase(ordinal) !== 'failed') state.members.move(ordinal, 'skipped');`,
  },
  {
    name: 'skip makes the fleet smaller',
    file: 'rollout/messages.ts',
    find: `    state.members.move(ordinal, 'skipped');`,
    replace: `    state.targeted--;
    state.members.move(ordinal, 'skipped');`,
  },
  {
    name: 'a skip can never be taken back',
    file: 'rollout/messages.ts',
    find: `['failed', 'skipped'], 'retry'`,
    replace: `['failed'], 'retry'`,
  },
];
