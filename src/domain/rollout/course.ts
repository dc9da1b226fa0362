import { sizeOf } from '../size';
import { watch } from './analysis';
import type { RolloutCommand } from './command';
import { ask, calendarFirst } from './delivery';
import { featureUnderWatch } from './feature';
import { hookFirst } from './hooking';
import type { Stage } from './stage';
import { wait, type RolloutState } from './state';

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
      return shiftFirst(state, stage.weight, commands);
    case 'switch':
      return shiftFirst(state, 100, commands);
    case 'analyze':
      if (!hasSomethingToWatch(state)) return false;
      watch(state, stage.forMs, now);
      return true;
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
      ask(state, { kind: 'hook', hook: stage.hook, moment: stageText(state) }, commands);
      return true;
    case 'flag':
      return flagFirst(state, stage, commands);
    case 'settle':
      if (state.policy.router !== true || state.delivery.settled) return false;
      ask(state, { kind: 'settle' }, commands);
      return true;
  }
}

/**
 * How many more are to be changed until this percent of the targeted instances run the release. Where shares of requests
 * are told apart, one at least stays as it was until the release has all of them: somebody has to serve the others.
 */
export function lackingFor({ policy, members, targeted, delivery }: RolloutState, percent: number): number {
  const share = percent === 0 ? 0 : sizeOf({ kind: 'percent', percent }, targeted);
  const there = members.number('good') + members.number('unchanged') + members.number('changing');
  const spared = policy.router === true && policy.sides !== 'slots' && delivery.exposed < 100 ? 1 : 0;
  return Math.min(share - there, members.number('pending') - (targeted > 1 ? spared : 0));
}

function shiftFirst(state: RolloutState, weight: number, commands: RolloutCommand[]): boolean {
  const { delivery, policy } = state;
  if (policy.router !== true) return false;
  if (delivery.weight === weight && delivery.exposed === weight) {
    return weight > 0 && hookFirst(state, 'post_traffic', `${weight}%`, commands);
  }
  if (calendarFirst(state, commands)) return true;
  if (weight > 0 && hookFirst(state, 'pre_traffic', `${weight}%`, commands)) return true;
  ask(state, { kind: 'shift', weight }, commands);
  return true;
}

function flagFirst(
  state: RolloutState,
  { feature, percent }: Extract<Stage, { kind: 'flag' }>,
  commands: RolloutCommand[],
): boolean {
  const { delivery } = state;
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
