import type { Fault } from '../plant';

/** In how requests, features and instances go back. */
export const DELIVERY_BACK_FAULTS: Fault[] = [
  {
    name: 'instances go back before requests',
    file: 'rollout/back.ts',
    find: `    ask(state, { kind: 'shift', weight, ...ofGroup(state) }, commands);
    return true;`,
    replace: `    ask(state, { kind: 'shift', weight, ...ofGroup(state) }, commands);
    return state.members.number('good') < 3;`,
    delivered: true,
  },
  {
    name: 'requests stay where they are on the way back',
    file: 'rollout/retreat.ts',
    find: `  if (!back || !isExposed(state)) return undefined;`,
    replace: `  if (!back || !isExposed(state) || delivery.exposed < 30) return undefined;`,
    delivered: true,
  },
  {
    name: 'a rollback that left requests on the release ends rolled_back',
    file: 'rollout/advance.ts',
    find: `state.members.number('unresolved') > 0 || faults.length > 0;`,
    replace: `state.members.number('unresolved') > 0;`,
    delivered: true,
  },
  {
    name: 'what a shift that failed may have done is forgotten',
    file: 'rollout/delivery.ts',
    find: `  if (act.kind === 'shift') delivery.exposed = Math.max(delivery.exposed, act.weight);
  else if`,
    replace: `  if`,
    delivered: true,
  },
  {
    name: 'a switch back changes instances',
    file: 'rollout/state.ts',
    find: `? 'none' : 'touched';`,
    replace: `? 'touched' : 'touched';`,
    delivered: true,
  },
  {
    name: 'a rollback while failed ones are put back touches what was switched to',
    file: 'rollout/stop.ts',
    find: `    startBackAll(state, 'rolled_back');
    state.reason = next.reason;`,
    replace: `    startBackAll(state, 'rolled_back');
    state.back!.which = 'touched';
    state.reason = next.reason;`,
    delivered: true,
  },
  {
    name: 'instances go back all at once though requests go step by step',
    file: 'rollout/retreat.ts',
    find: `if (policy.backBy !== 'steps' || !isExposed(state)`,
    replace: `if (policy.backBy === 'steps' || !isExposed(state)`,
    delivered: true,
  },
  {
    name: 'a hook that fails on the way back is tried for ever',
    file: 'rollout/acted.ts',
    find: `    back.gaveUp.push(act.kind);`,
    replace: `    back.gaveUp.push(act.kind);
    if (act.kind === 'hook' && isMoment(act.hook)) delete delivery.hooked[act.hook];`,
    delivered: true,
  },
  {
    name: 'flags stay on the way back',
    file: 'rollout/back.ts',
    find: `  if (delivery.flagged && !back.gaveUp.includes('restore_flags')) {
    ask`,
    replace: `  if (delivery.flagged && state.members.total === 0 && !back.gaveUp.includes('restore_flags')) {
    ask`,
    delivered: true,
  },
  {
    name: 'requests that could not be taken away are not tried again',
    file: 'rollout/back.ts',
    find: `!isExposed(state) || back.lastTried) return false;`,
    replace: `!isExposed(state) || back.gaveUp.length <= 9 || back.lastTried) return false;`,
    delivered: true,
  },
  {
    name: 'settling that was cut in the middle is left so',
    file: 'rollout/back.ts',
    find: `  if (delivery.settling && !delivery.settled && !back`,
    replace: `  if (delivery.settling && delivery.settled && !back`,
    delivered: true,
  },
];
