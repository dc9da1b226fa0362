import type { Fault } from '../plant';

/** In how many may fail, and what comes when more do. */
export const THRESHOLD_FAULTS: Fault[] = [
  {
    name: 'the threshold trips one failure too late',
    file: 'size.ts',
    find: `if (limit.kind === 'count') return failures > limit.count;`,
    replace: `if (limit.kind === 'count') return failures > limit.count + 1;`,
  },
  {
    name: 'the threshold trips one failure too early',
    file: 'size.ts',
    find: `if (limit.kind === 'count') return failures > limit.count;`,
    replace: `if (limit.kind === 'count') return failures > 0 && failures >= limit.count;`,
  },
  {
    name: 'a percent of failures is rounded',
    file: 'size.ts',
    find: `return PERCENT_SCALE * failures > percentTimes(limit.percent, targeted);`,
    replace: `return failures > Math.round(percentTimes(limit.percent, targeted) / PERCENT_SCALE);`,
  },
  {
    name: 'a percent of failures trips when it is reached, not exceeded',
    file: 'size.ts',
    find: `return PERCENT_SCALE * failures > percentTimes(limit.percent, targeted);`,
    replace: `return failures > 0 && PERCENT_SCALE * failures >= percentTimes(limit.percent, targeted);`,
  },
  {
    name: 'a size in percent is rounded down',
    file: 'size.ts',
    find: `Math.ceil(percentTimes(size.percent, targeted) / PERCENT_SCALE)`,
    replace: `Math.floor(percentTimes(size.percent, targeted) / PERCENT_SCALE)`,
  },
  {
    name: 'the threshold is evaluated only at the end of a batch',
    file: 'rollout/trip.ts',
    find: `  if (state.back ||`,
    replace: `  if (state.members.number('changing') > 0 || state.back ||`,
  },
  {
    name: 'a trip while it is being paused is forgotten',
    file: 'rollout/stop.ts',
    find: `  pause: 0,`,
    replace: `  pause: 1,`,
  },
  {
    name: 'resume is accepted with more failures than allowed',
    file: 'rollout/messages.ts',
    find: `  if (!overLimit(state)) return undefined;`,
    replace: `  return undefined;`,
  },
  {
    name: 'failures within the limit end as succeeded',
    file: 'rollout/advance.ts',
    find: `finish(state, members.number('failed') > 0 ?`,
    replace: `finish(state, members.number('failed') > 1 ?`,
  },
  {
    name: 'lowering the limit below what has failed trips nothing',
    file: 'rollout/messages.ts',
    find: `    tripIfOver(state, commands);`,
    replace: ``,
  },
];
