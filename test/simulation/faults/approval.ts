import type { Fault } from '../plant';

/** In asking somebody before a batch. */
export const APPROVAL_FAULTS: Fault[] = [
  {
    name: 'promote skips an approval',
    file: 'rollout/messages.ts',
    find: `  if (state.status === 'awaiting_approval') return 'it awaits an approval: use approve';`,
    replace: ``,
  },
  {
    name: 'one approval is good for all that follow',
    file: 'rollout/batch.ts',
    find: `  state.prepared = notPrepared();`,
    replace: `  state.prepared = { ...notPrepared(), approved: state.prepared.approved };`,
  },
  {
    name: 'an approval is asked for again once it was given',
    file: 'rollout/advance.ts',
    find: `} else if (approval && !prepared.approved) {`,
    replace: `} else if (approval && !(prepared.approved && state.round > 0)) {`,
  },
  {
    name: 'an approval that nobody needs any more is still awaited',
    file: 'rollout/advance.ts',
    find: `    if (state.status === 'awaiting_approval') state.status = 'running';`,
    replace: ``,
  },
];
