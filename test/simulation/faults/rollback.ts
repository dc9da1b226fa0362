import type { Fault } from '../plant';

/** In who goes back, in which order, how many at a time. */
export const ROLLBACK_FAULTS: Fault[] = [
  {
    name: 'a rollback skips failed instances',
    file: 'rollout/back.ts',
    find: `  if (phase === 'failed') return true;`,
    replace: `  if (phase === 'failed') return back.which === 'failed';`,
  },
  {
    name: 'a rollback skips skipped instances that were touched',
    file: 'rollout/back.ts',
    find: `['good', 'skipped', 'pending', 'excluded']`,
    replace: `['good', 'pending', 'excluded']`,
  },
  {
    name: 'a rollback goes back in the order of start',
    file: 'rollout/back.ts',
    find: `    const ordinal = members.at(back.position);
    if (ordinal === undefined) break;`,
    replace: `    const ordinals0 = members.in('good');
    const ordinal = back.pass === 'failed' ? members.at(back.position) : (ordinals0[0] ?? members.at(back.position));
    if (ordinal === undefined) break;`,
  },
  {
    name: 'a rollback does failed instances last',
    file: 'rollout/back.ts',
    find: `  if (phase === 'failed') return true;`,
    replace: `  if (phase === 'failed') return back.which === 'failed' || (back.pass === 'others' && members.number('good') === 0) || (back.pass === 'others' && back.position === 0);`,
  },
  {
    name: 'a rollback ignores how many may be in flight',
    file: 'rollout/back.ts',
    find: `members.number('restoring') < back.concurrency && `,
    replace: `ordinals.length < back.concurrency && `,
  },
  {
    name: 'a rollback runs under the generation of the deployment',
    file: 'rollout/back.ts',
    find: `generation: state.rollbackGeneration });`,
    replace: `generation: state.generation });`,
  },
  {
    name: 'one that has left the fleet is restored',
    file: 'rollout/back.ts',
    find: ` || members.gone(ordinal)) return false;`,
    replace: `) return false;`,
  },
  {
    name: 'a rollback with unresolved instances ends rolled_back',
    file: 'rollout/advance.ts',
    find: `state.members.number('unresolved') > 0 ||`,
    replace: `state.members.number('unresolved') > 1 ||`,
  },
  {
    name: 'a rollback in place of restoring failed ones takes only those',
    file: 'rollout/stop.ts',
    find: `    startBackAll(state, 'rolled_back');
    state.reason = next.reason;`,
    replace: `    state.status = 'rolling_back';
    state.reason = next.reason;
    back.final = 'rolled_back';`,
  },
  {
    name: 'a rollback is as narrow as can be',
    file: 'rollout/batch.ts',
    find: `  state.largestBatch = Math.max(state.largestBatch, size);`,
    replace: ``,
  },
  {
    name: 'a rollback takes those first that wait to be changed again',
    file: 'rollout/back.ts',
    find: `  if (state.mode === 'rollback' && members.unhealthy(`,
    replace: `  if (members.unhealthy(`,
  },
  {
    name: 'one that came back out of reach is not restored',
    file: 'rollout/back.ts',
    find: `['good', 'skipped', 'pending', 'excluded']`,
    replace: `['good', 'skipped', 'pending']`,
  },
];
