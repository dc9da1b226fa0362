import type { Fault } from '../plant';

/** In who gets requests and features, and what has to come before. */
export const DELIVERY_FAULTS: Fault[] = [
  {
    name: 'requests go to a release that is good nowhere',
    file: 'rollout/course.ts',
    find: `if (weight > 0 && !runsWell(state)) {`,
    replace: `if (weight > 100 && !runsWell(state)) {`,
    delivered: true,
  },
  {
    name: 'requests stay with a release that is good nowhere any more',
    file: 'rollout/advance.ts',
    find: `  if (unserved && again === 0 && state.members.number('changing') === 0) stopUnserved(state, commands);
`,
    replace: ``,
    delivered: true,
  },
  {
    name: 'no data passes',
    file: 'rollout/analysis.ts',
    find: `  if (kind === 'pass') {
    passWait(state);`,
    replace: `  if (kind === 'pass' || kind === 'no_data') {
    passWait(state);`,
    delivered: true,
  },
  {
    name: 'a share of requests is not watched',
    file: 'rollout/course.ts',
    find: `      if (!hasSomethingToWatch(state)) return false;`,
    replace: `      if (!hasSomethingToWatch(state) || state.delivery.weight === 25) return false;`,
    delivered: true,
  },
  {
    name: 'violations of an earlier step count in a row',
    file: 'rollout/analysis.ts',
    find: `  if (count === 'consecutive') analysis.consecutive = 0;
`,
    replace: ``,
    delivered: true,
  },
  {
    name: 'one verdict that passes forgives nothing',
    file: 'rollout/analysis.ts',
    find: `  else if (verdict.kind === 'pass') analysis.consecutive = 0;`,
    replace: ``,
    delivered: true,
  },
  {
    name: 'a shift is asked for again once it was confirmed',
    file: 'rollout/course.ts',
    find: `if (delivery.weight === weight && delivery.exposed === weight) {`,
    replace: `if (delivery.weight === weight && delivery.exposed === weight && delivery.acts > 9) {`,
    delivered: true,
  },
  {
    name: 'a hook runs twice for one occasion',
    file: 'rollout/hooking.ts',
    find: `|| delivery.hooked[moment] === occasion`,
    replace: `|| (delivery.hooked[moment] === occasion && moment !== 'pre_batch')`,
    delivered: true,
  },
  {
    name: 'a gate lets by what comes next',
    file: 'rollout/hooking.ts',
    find: `commands, gates);
  return gates;`,
    replace: `commands, gates);
  return false;`,
    delivered: true,
  },
  {
    name: 'an act is nothing in flight',
    file: 'rollout/state.ts',
    find: `    !asked.generation &&
    state.delivery.act === null`,
    replace: `    !asked.generation`,
    delivered: true,
  },
  {
    name: 'a closed calendar is open',
    file: 'rollout/acted.ts',
    find: `  wait(state, { kind: 'calendar', since, until: next });`,
    replace: `  if (next - now > 30_000) wait(state, { kind: 'calendar', since, until: next });
  else delivery.opened = true;`,
    delivered: true,
  },
  {
    name: 'the calendar is asked once for all batches',
    file: 'rollout/batch.ts',
    find: `  state.delivery.opened = false;
`,
    replace: ``,
    delivered: true,
  },
  {
    name: 'the calendar is not asked after an approval',
    file: 'rollout/wait.ts',
    find: `  state.delivery.opened = false;
`,
    replace: `  state.delivery.opened = wait.kind === 'approval';
`,
    delivered: true,
  },
  {
    name: 'a feature that violates stays on',
    file: 'rollout/advance.ts',
    find: `  if (putBackFirst(state, commands) || hookFirst`,
    replace: `  if (hookFirst`,
    delivered: true,
  },
  {
    name: 'a feature that was taken back is turned on again',
    file: 'rollout/course.ts',
    find: `if (feature in delivery.dropped || delivery`,
    replace: `if (delivery`,
    delivered: true,
  },
  {
    name: 'all features go when one violates',
    file: 'rollout/analysis.ts',
    find: `policy.onViolation === 'feature' ? featureUnderWatch(state) : undefined`,
    replace: `undefined as string | undefined`,
    delivered: true,
  },
  {
    name: 'flags of a release are forgotten',
    file: 'rollout/advance.ts',
    find: `  if (setFlagsFirst(state, commands)) return;
`,
    replace: ``,
    delivered: true,
  },
  {
    name: 'what flags turn on is not judged',
    file: 'rollout/acted.ts',
    find: `      if (state.policy.course === undefined) state.analysis.done = false;
`,
    replace: ``,
    delivered: true,
  },
  {
    name: 'an abort tells of a failure',
    file: 'rollout/stop.ts',
    find: `  if (FAILURES.includes(next.cause)) hookFirst`,
    replace: `  if (FAILURES.includes(next.cause) || next.cause === 'abort') hookFirst`,
    delivered: true,
  },
  {
    name: 'an approval before a batch leaves out a stage',
    file: 'rollout/wait.ts',
    find: `(wait.kind !== 'approval' || stage.kind === 'approve')`,
    replace: `wait.kind !== 'pause_between'`,
    delivered: true,
  },
  {
    name: 'promote after the switch goes on with the course',
    file: 'rollout/messages.ts',
    find: `  if (switched && policy.course) delivery.at = policy.course.length;
`,
    replace: `  if (switched && policy.course && delivery.at > policy.course.length) delivery.at = 0;
`,
    delivered: true,
  },
  {
    name: 'a hook that has passed while it was paused runs again',
    file: 'rollout/acted.ts',
    find: `      if (isMoment(act.hook) || back) return;`,
    replace: `      if (isMoment(act.hook) || back || state.stop) return;`,
    delivered: true,
  },
  {
    name: 'the last of what ran before is changed too early',
    file: 'rollout/course.ts',
    find: `delivery.exposed < 100 ? 1 : 0;`,
    replace: `delivery.exposed < 100 ? 0 : 1;`,
    delivered: true,
  },
  {
    name: 'continuing as new forgets what requests there are',
    file: 'rollout/pack.ts',
    find: `delivery: data.delivery ?? nothingDelivered(true),`,
    replace: `delivery: { ...(data.delivery ?? nothingDelivered(true)), weight: null },`,
    delivered: true,
  },
];
