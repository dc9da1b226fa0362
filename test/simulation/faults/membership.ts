import type { Fault } from '../plant';

/** In who joins, leaves and comes back. */
export const MEMBERSHIP_FAULTS: Fault[] = [
  {
    name: 'a joiner found at the end is forgotten',
    file: 'rollout/decide.ts',
    find: `for (const joiner of event.joined) {`,
    replace: `for (const joiner of state.closing.read ? [] : event.joined) {`,
  },
  {
    name: 'a joiner told twice is targeted twice',
    file: 'rollout/decide.ts',
    find: `      if (!state.asked.membership) return;`,
    replace: `      if (!state.asked.membership) state.targeted += event.joined.length;
      if (!state.asked.membership) return;`,
  },
  {
    name: 'nobody asks again who is there after a pause',
    file: 'rollout/state.ts',
    find: `    done.read = false;`,
    replace: ``,
  },
  {
    name: 'one that left and came back is forgotten',
    file: 'rollout/decide.ts',
    find: `      takeReturned(state, event.returned ?? []);`,
    replace: ``,
  },
  {
    name: 'one that left and came back gets the outcome of its former round',
    file: 'rollout/decide.ts',
    find: `  state.round++;`,
    replace: ``,
  },
  {
    name: 'a skip is forgotten when the instance leaves and comes back',
    file: 'rollout/members.ts',
    find: `['failed', 'skipped', 'excluded']`,
    replace: `['failed', 'excluded']`,
  },
  {
    name: 'who was left out is let in when it leaves and comes back',
    file: 'rollout/members.ts',
    find: `['failed', 'skipped', 'excluded']`,
    replace: `['failed', 'skipped']`,
  },
];
