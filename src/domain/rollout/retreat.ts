import { sizeOf } from '../size';
import { isExposed } from './delivery';
import { baseOf } from './grouping';
import type { RolloutState } from './state';

/** Where nothing of before is left to take requests at once, they follow the instances in steps of at least so much. */
const SMALLEST_STEP = 10;

/** The percent of requests that the release is to have next on the way back; undefined: what it has, for now. */
export function nextWeight(state: RolloutState): number | undefined {
  const { policy, delivery, back } = state;
  if (!back || !isExposed(state)) return undefined;
  if (back.which === 'none') return 0;
  if (!hasSteady(state)) return undefined;
  if (policy.backBy === 'steps') {
    const rung = rungBelow(state);
    return onRelease(state) <= instancesFor(state, leads(state) ? rung : delivery.exposed) ? rung : undefined;
  }
  if ((back.steady ?? 0) > 0) return 0;
  // The first that are back can't take all requests at once.
  const share = Math.ceil((100 * onRelease(state)) / (onRelease(state) + state.members.here('restored')));
  return onRelease(state) === 0 || delivery.exposed - share >= SMALLEST_STEP ? share : undefined;
}

/** How many instances may begin to go back now. */
export function mayGoBack(state: RolloutState): number {
  return Math.min(mayFollow(state), mayLeave(state));
}

/** Where routers split requests one instance at least serves all the time: the last goes when another is back, or can't be. */
function mayLeave(state: RolloutState): number {
  const { policy, members, mode, delivery } = state;
  // In a rollback of its own nobody knows of others, when the release had no share of its own any more.
  const alone = !hasSteady(state) || (mode === 'rollback' && delivery.exposed === 0 && members.here('restored') === 0);
  if (policy.router !== true || policy.sides === 'slots' || !alone) return Infinity;
  const restoring = members.here('restoring');
  return Math.max(restoring === 0 ? 1 : 0, onRelease(state) - restoring - 1);
}

/** Step by step, no more than the requests that have gone back already. */
function mayFollow(state: RolloutState): number {
  const { policy, delivery, members, back } = state;
  if (policy.backBy !== 'steps' || !isExposed(state) || back?.gaveUp.includes('shift')) return Infinity;
  const restoring = members.here('restoring');
  const weight = leads(state) ? rungBelow(state) : delivery.exposed;
  return Math.max(restoring === 0 ? 1 : 0, onRelease(state) - restoring - instancesFor(state, weight));
}

/** Whether instances go back before their share of the requests does: while nobody else was there for it from the start. */
function leads({ delivery, back }: RolloutState): boolean {
  return delivery.exposed === 100 && (back?.steady ?? 0) === 0;
}

/** Whether anybody serves what ran before. */
export function hasSteady({ back, members }: RolloutState): boolean {
  return (back?.steady ?? 0) + members.here('restored') > 0;
}

/** Instances that aren't back yet. */
function onRelease({ members, mode }: RolloutState): number {
  const waiting = mode === 'rollback' ? members.here('pending') : 0;
  return members.here('good') + members.here('failed') + members.here('restoring') + waiting;
}

function instancesFor(state: RolloutState, weight: number): number {
  return weight === 0 ? 0 : sizeOf({ kind: 'percent', percent: weight }, baseOf(state));
}

/** The next lower of the weights that it came by. */
function rungBelow({ policy, delivery }: RolloutState): number {
  const weights = (policy.course ?? []).flatMap((stage) => (stage.kind === 'traffic' ? [stage.weight] : []));
  return Math.max(0, ...weights.filter((weight) => weight < delivery.exposed));
}
