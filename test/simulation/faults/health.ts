import type { Fault } from '../plant';

/** In looking again at those that were good. */
export const HEALTH_FAULTS: Fault[] = [
  {
    name: 'health is latched: what the patrol finds is ignored',
    file: 'rollout/decide.ts',
    find: `    case 'degraded':
      takeDegraded(state, event.degraded, commands);`,
    replace: `    case 'degraded':`,
  },
  {
    name: 'health is latched: what the last sweep finds is ignored',
    file: 'rollout/decide.ts',
    find: `      state.asked.sweep = false;
      takeDegraded(`,
    replace: `      state.asked.sweep = false;
      if (!state.closing.swept) takeDegraded(`,
  },
  {
    name: 'there is no sweep before success',
    file: 'rollout/advance.ts',
    find: `    if (!closing.swept && good) askSweep(state, commands);`,
    replace: ``,
  },
  {
    name: 'after a retry, or the batch of those who joined last, there is no bake',
    file: 'rollout/batch.ts',
    find: `  state.closing.baked = false;`,
    replace: ``,
  },
  {
    name: 'a sweep told twice makes failed what is good again',
    file: 'rollout/decide.ts',
    find: `      if (!state.asked.sweep) return;`,
    replace: ``,
  },
  {
    name: 'the good ones are not looked at again after a pause',
    file: 'rollout/state.ts',
    find: `    done.swept = false;`,
    replace: ``,
  },
];
