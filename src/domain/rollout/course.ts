import { sizeOf } from '../size';
import { watch } from './analysis';
import type { RolloutCommand } from './command';
import { ask, calendarFirst, runsWell } from './delivery';
import { experimentFirst } from './experiment';
import { featureUnderWatch } from './feature';
import { baseOf, hasNextGroup, ofGroup } from './grouping';
import { hookFirst, standing } from './hooking';
import type { Stage } from './stage';
import { WAITS, wait, type RolloutState } from './state';
import { stopUnserved } from './stop';

/** Prepares a batch of at most so many, and starts it. */
type StartBatch = (most: number) => void;

/**
 * Goes on with the course until something is under way, or it is over; whether something is. A stage that something is
 * waited for in is passed when that has come: `passWait`, `takeActed`.
 */
export function advanceCourse(
  state: RolloutState,
  now: number,
  commands: RolloutCommand[],
  startBatch: StartBatch,
): boolean {
  const { delivery, policy } = state;
  for (let stage = policy.course?.[delivery.at]; stage !== undefined; stage = policy.course?.[delivery.at]) {
    if (enter(state, stage, now, commands, startBatch)) return true;
    delivery.at++;
  }
  return false;
}

/** Begins what the stage has left to do; whether there is anything. */
function enter(
  state: RolloutState,
  stage: Stage,
  now: number,
  commands: RolloutCommand[],
  startBatch: StartBatch,
): boolean {
  switch (stage.kind) {
    case 'update': {
      const lacking = lackingFor(state, stage.percent);
      if (lacking > 0) startBatch(lacking);
      return lacking > 0;
    }
    case 'traffic':
      // Where no instance is left to be changed before it, a share in between would save nobody anything.
      if (stage.towards !== undefined && lackingFor(state, stage.towards) <= 0) return false;
      if (changeAnother(state, stage.weight, startBatch)) return true;
      return shiftFirst(state, shareFor(state, stage.weight), commands);
    case 'switch':
      if (changeAnother(state, 100, startBatch)) return true;
      return shiftFirst(state, 100, commands);
    case 'analyze':
      if (!hasSomethingToWatch(state)) return false;
      watch(state, stage.forMs, now);
      return true;
    case 'experiment':
      return experimentFirst(state, stage, now);
    case 'approve': {
      const until = stage.timeoutMs === undefined ? {} : { until: now + stage.timeoutMs };
      wait(state, { kind: 'approval', since: now, ...until });
      commands.push({ kind: 'log', entry: { type: 'approval_requested', reason: `at ${stageText(state)}` } });
      return true;
    }
    case 'bake':
    case 'keep':
      if (stage.forMs > 0) wait(state, { kind: stage.kind, since: now, until: now + stage.forMs });
      return stage.forMs > 0;
    case 'hook':
      if (calendarFirst(state, commands)) return true;
      ask(state, { kind: 'hook', hook: stage.hook, moment: stageText(state), ...standing(state) }, commands);
      return true;
    case 'flag':
      return flagFirst(state, stage, commands);
    case 'settle':
      if (state.policy.router !== true || state.delivery.settled) return false;
      ask(state, { kind: 'settle', ...ofGroup(state) }, commands);
      return true;
  }
}

/**
 * How many more are to be changed until this percent of the targeted instances run the release. Where shares of requests
 * are told apart, one at least stays as it was until the release has all of them: somebody has to serve the others.
 */
export function lackingFor(state: RolloutState, percent: number): number {
  const { policy, members, delivery, grouping } = state;
  const share = percent === 0 ? 0 : sizeOf({ kind: 'percent', percent }, baseOf(state));
  const there = grouping
    ? grouping.size - members.number('pending')
    : members.number('good') + members.number('unchanged') + members.number('changing');
  const spared = policy.router === true && policy.sides !== 'slots' && delivery.exposed < 100 ? 1 : 0;
  const pending = members.number('pending');
  // With nobody else left there is no other way.
  const alone = pending === 1 && there === 0 && members.here('failed') === 0;
  return Math.min(share - there, pending - (alone ? 0 : spared));
}

/** Those that are tried once more when the release runs well nowhere have their turn before any requests. */
function changeAnother(state: RolloutState, weight: number, startBatch: StartBatch): boolean {
  const lacking = state.policy.router !== true || weight === 0 || runsWell(state) ? 0 : lackingFor(state, weight);
  if (lacking > 0) startBatch(lacking);
  return lacking > 0;
}

/** Where nobody is left who runs what was before, nobody else could have the other requests. They never go back forward. */
function shareFor(state: RolloutState, weight: number): number {
  return hasFormer(state) ? Math.max(weight, state.delivery.weight ?? 0) : 100;
}

/** Whether any of the members runs what ran before. */
function hasFormer({ members }: RolloutState): boolean {
  for (let ordinal = 0; ordinal < members.total; ordinal++) {
    const waits = WAITS.includes(members.phase(ordinal));
    if (waits && members.isHere(ordinal) && !members.touched(ordinal) && !members.gone(ordinal)) return true;
  }
  return false;
}

function shiftFirst(state: RolloutState, weight: number, commands: RolloutCommand[]): boolean {
  const { delivery, policy } = state;
  if (policy.router !== true) return false;
  if (weight > 0 && !runsWell(state)) {
    stopUnserved(state, commands);
    return true;
  }
  if (delivery.weight === weight && delivery.exposed === weight) {
    return weight > 0 && hookFirst(state, 'post_traffic', `${weight}%`, commands);
  }
  if (calendarFirst(state, commands)) return true;
  if (weight > 0 && hookFirst(state, 'pre_traffic', `${weight}%`, commands)) return true;
  ask(state, { kind: 'shift', weight, ...ofGroup(state) }, commands);
  return true;
}

/** Puts a feature back that was found wrong, and is still on; whether there is one. */
export function putBackFirst(state: RolloutState, commands: RolloutCommand[]): boolean {
  const { dropped, features } = state.delivery;
  const wrong = Object.keys(dropped).filter((feature) => feature in features);
  if (wrong.length > 0) ask(state, { kind: 'restore_flags', features: wrong }, commands);
  return wrong.length > 0;
}

function flagFirst(
  state: RolloutState,
  { feature, percent }: Extract<Stage, { kind: 'flag' }>,
  commands: RolloutCommand[],
): boolean {
  const { delivery } = state;
  // A flag is on everywhere at once: it comes when the last group runs the release.
  if (hasNextGroup(state)) return false;
  if (feature in delivery.dropped || delivery.features[feature] === percent) return false;
  if (calendarFirst(state, commands)) return true;
  ask(state, { kind: 'set_flags', flags: [{ feature, percent }] }, commands);
  return true;
}

/** Nobody looks at what was taken back already. */
function hasSomethingToWatch(state: RolloutState): boolean {
  if (state.policy.analysis === undefined) return false;
  const feature = featureUnderWatch(state);
  return feature === undefined || !(feature in state.delivery.dropped);
}

/** `step 3 of 9` */
export function stageText({ policy, delivery }: RolloutState): string {
  return `step ${delivery.at + 1} of ${policy.course?.length ?? 0}`;
}
