import type { Fault } from './plant';

/** Faults that a hurried hand could put into the engine. The simulator must notice each. */
export const FAULTS: Fault[] = [
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
    find: `back.concurrency - restoring`,
    replace: `back.concurrency`,
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
    find: `asked === 'rolled_back' && left ?`,
    replace: `asked === 'rolled_back' && left && state.members.number('unresolved') > 1 ?`,
  },
  {
    name: 'an abort still starts one',
    file: 'rollout/stop.ts',
    find: `  state.stop = next;`,
    replace: `  if (next.cause === 'abort') {
    const one = state.members.in('pending')[0];
    if (one !== undefined) {
      state.members.move(one, 'changing');
      commands.push({ kind: 'change', ordinals: [one], round: state.round });
    }
  }
  state.stop = next;`,
  },
  {
    name: 'an abort in a rollback is overtaken by its end',
    file: 'rollout/stop.ts',
    find: `  if (next.cause === 'abort') return true;`,
    replace: ``,
  },
  {
    name: 'a pause lets the next batch start',
    file: 'rollout/advance.ts',
    find: `    } else if (state.pausedSince === null) {`,
    replace: `    } else {`,
  },
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
    name: 'retry counts twice: it is still listed as failed',
    file: 'rollout/messages.ts',
    find: `    state.members.move(ordinal, 'pending');
    forgetFailure(state, ordinal);`,
    replace: `    state.members.move(ordinal, 'pending');`,
  },
  {
    name: 'retry counts twice: it is targeted once more',
    file: 'rollout/messages.ts',
    find: `    state.members.move(ordinal, 'pending');`,
    replace: `    state.targeted++;
    state.members.move(ordinal, 'pending');`,
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
    name: 'resume is accepted with more failures than allowed',
    file: 'rollout/messages.ts',
    find: `  if (!overLimit(state)) return undefined;`,
    replace: `  return undefined;`,
  },
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
    name: 'a hold lets a batch go on',
    file: 'rollout/batch.ts',
    find: `  if (state.hold) return;`,
    replace: ``,
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
    name: 'failures within the limit end as succeeded',
    file: 'rollout/advance.ts',
    find: `} else if (members.number('failed') === 0) {`,
    replace: `} else if (members.number('failed') <= 1) {`,
  },
  {
    name: 'a cancelled change is not counted as touched',
    file: 'rollout/decide.ts',
    find: `  if (outcome.result === 'good') {`,
    replace: `  if (outcome.result === 'cancelled') {
    state.members.move(outcome.ordinal, 'unchanged');
    return;
  }
  if (outcome.result === 'good') {`,
  },
  {
    name: 'a cancellation ends before what is in flight has ended',
    file: 'rollout/stop.ts',
    find: `|| !isQuiet(state)) return undefined;`,
    replace: `|| (current.cause !== 'cancel' && !isQuiet(state))) return undefined;`,
  },
  {
    name: 'a window starts one more than it may',
    file: 'rollout/batch.ts',
    find: `{ left: null, concurrency: Math.min(asked, MAX_IN_FLIGHT) }`,
    replace: `{ left: null, concurrency: Math.min(asked + 1, MAX_IN_FLIGHT) }`,
  },
  {
    name: 'a large batch has no bound on what is in flight',
    file: 'rollout/batch.ts',
    find: `{ left: size, concurrency: Math.min(size, MAX_IN_FLIGHT) }`,
    replace: `{ left: size, concurrency: size }`,
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
  {
    name: 'a window that was adjusted is forgotten by the next batch',
    file: 'rollout/messages.ts',
    find: `    batching.size = { kind: 'count', count: adjustment.window };`,
    replace: ``,
  },
  {
    name: 'lowering the limit below what has failed trips nothing',
    file: 'rollout/messages.ts',
    find: `    tripIfOver(state, commands);`,
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
    name: 'a rollback in place of restoring failed ones takes only those',
    file: 'rollout/stop.ts',
    find: `  back.which = 'touched';`,
    replace: ``,
  },
  {
    name: 'a rollback is as narrow as can be',
    file: 'rollout/batch.ts',
    find: `  state.largestBatch = Math.max(state.largestBatch, size);`,
    replace: ``,
  },
  {
    name: 'the good ones are not looked at again after a pause',
    file: 'rollout/state.ts',
    find: `    done.swept = false;`,
    replace: ``,
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
  {
    name: 'a skip can never be taken back',
    file: 'rollout/messages.ts',
    find: `['failed', 'skipped'], 'retry'`,
    replace: `['failed'], 'retry'`,
  },
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
