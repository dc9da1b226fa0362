import type { Fault } from '../plant';

/** In whose turn it is. */
export const QUEUE_FAULTS: Fault[] = [
  {
    name: 'one that came back after its turn starts in the place that it had',
    file: 'rollout/decide.ts',
    find: `  state.members.queueUp(again.map(({ ordinal }) => ordinal));`,
    replace: ``,
  },
  {
    name: 'one whose skip was taken back after its turn starts in the place that it had',
    file: 'rollout/messages.ts',
    find: `  state.members.queueUp(again.filter((ordinal) => state.members.phase(ordinal) === 'skipped'));`,
    replace: ``,
  },
  {
    name: 'continuing as new forgets who queued up last',
    file: 'rollout/queue.ts',
    find: `...(late.length > 0 && { late: toRanges(late) })`,
    replace: ``,
  },
  {
    name: 'continuing as new forgets whose turn is over',
    file: 'rollout/queue.ts',
    find: `passed: this.passed,`,
    replace: `passed: 0,`,
  },
];
