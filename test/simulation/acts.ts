import type { RolloutCommand } from '../../src/domain/rollout';
import type { Act } from '../../src/domain/rollout/stage';
import { MOMENTS, type Moment } from '../../src/domain/hooks';
import type { Cause } from './cause';
import { occasion, type Delivery } from './delivery';
import type { DeliveryPlan } from './delivery-plan';
import type { Facts } from './facts';
import { must } from './violation';

type Asked = Extract<RolloutCommand, { kind: 'act' }>;

const GOES_WRONG: readonly Cause[] = [
  'threshold',
  'analysis',
  'traffic',
  'hook',
  'flags',
  'rejected',
  'approval_timeout',
  'deadline',
];

/** Judges what is done to anything but instances: whether it may be, where the rollout stands. */
export class Acts {
  constructor(private readonly facts: Facts) {}

  judge({ act, awaited }: Asked): void {
    const { course, world } = this.facts;
    const { delivery, fresh } = course;
    if (act.kind === 'hook') this.hook(act, awaited);
    if (act.kind === 'hook' && act.hook === 'on_failure') {
      must(fresh !== null && GOES_WRONG.includes(fresh), `nothing goes wrong by ${fresh}`);
      must(!awaited, 'there is nothing left that the hook of a failure could stop');
      return;
    }
    // It comes to light only after this that the release is good nowhere.
    if (fresh === 'traffic' && !awaited) return;
    must(course.cause === null, `no act starts after ${course.cause}, but ${act.kind} did`);
    must(!course.held, 'no act starts while it is held');
    must(delivery.act === null && world.outside.underWay === 0, 'one act is done at a time');
    if (course.drive.kind === 'back') this.back(act);
    else this.forward(act);
  }

  private forward(act: Act): void {
    const { course, world } = this.facts;
    const { delivery } = course;
    must(
      course.forward && world.quiet,
      `${act.kind} starts while it is ${course.drive.kind}, or something is in flight`,
    );
    switch (act.kind) {
      case 'shift':
        this.opened('requests are shifted');
        this.rise(act.weight);
        return;
      case 'settle':
        must(delivery.weight === 100 && delivery.exposed === 100, 'it has all requests before it is what is stable');
        must(!delivery.settled, 'it is what is stable already');
        return;
      case 'hook':
        must(!['pre_rollback', 'post_rollback'].includes(act.hook), `${act.hook} on the way forward`);
        return;
      case 'set_flags':
        this.opened('flags are set');
        for (const { feature, percent } of act.flags) {
          must(delivery.flags.get(feature) !== percent, `${feature} is set twice`);
          must(!delivery.dropped.has(feature), `${feature} was taken back`);
        }
        return;
      case 'restore_flags':
        must(act.features !== undefined, 'only what is wrong is taken back on the way forward');
        for (const feature of act.features) {
          must(delivery.dropped.has(feature) && delivery.flags.has(feature), `${feature} needs not go back`);
        }
        return;
      case 'read_calendar':
        must(!delivery.opened, 'somebody has looked at the calendar already');
        return;
    }
  }

  private back(act: Act): void {
    const { course } = this.facts;
    const { delivery, drive } = course;
    must(drive.kind === 'back' && drive.which !== 'failed', 'only instances are put back');
    switch (act.kind) {
      case 'shift':
        must(delivery.routed && delivery.exposed > 0 && act.weight < delivery.exposed, `${act.weight}% is no way back`);
        must(!delivery.settling, 'what is stable has nothing to shift');
        return;
      case 'settle':
        must(delivery.settling && !delivery.settled, 'nothing is half settled');
        return;
      case 'hook':
        must(['pre_rollback', 'post_rollback'].includes(act.hook), `${act.hook} on the way back`);
        return;
      case 'restore_flags':
        must(delivery.flagged && act.features === undefined, 'no flags need to go back');
        return;
      case 'set_flags':
      case 'read_calendar':
        must(false, `${act.kind} on the way back`);
    }
  }

  /** Requests go to a release that is good somewhere, that was judged since it got the last ones, and only ever more. */
  private rise(weight: number): void {
    const { course, scenario } = this.facts;
    const { delivery, ledger } = course;
    const { strategy, analysis } = this.plan;
    must(delivery.routed, 'there is nothing that could shift requests');
    const before = delivery.weight ?? 0;
    must(delivery.weight === null || weight >= before, `${weight}% after ${before}% is a way back`);
    must(!(delivery.weight === weight && delivery.exposed === weight), `${weight}% is what it has`);
    if (weight === 0) return;
    must(ledger.number('good') + ledger.number('unchanged') > 0, 'requests go to a release that is good nowhere');
    this.gate('pre_traffic', `${weight}%`);
    // Where nobody runs what was before, nobody else could have them.
    const former = ledger.ordinals(
      (phase, one) => ['pending', 'skipped'].includes(phase) && !ledger.touched[one] && !ledger.gone[one],
    );
    if (strategy?.kind === 'canary' && former.length === 0) return;
    if (analysis === null || weight === before || delivery.judged) return;
    must(
      !asksFor(strategy, before, weight),
      `requests rise from ${before}% to ${weight}% without a verdict in ${scenario.mode}`,
    );
  }

  private hook(act: Extract<Act, { kind: 'hook' }>, awaited: boolean): void {
    const { delivery } = this.facts.course;
    const isMoment = (MOMENTS as readonly string[]).includes(act.hook);
    const gate = this.plan.hooks[act.hook as Moment];
    must(!isMoment || gate !== undefined, `nobody asked for the hook ${act.hook}`);
    must(awaited === (!isMoment || (gate === true && act.hook !== 'on_failure')), `the hook ${act.hook} is waited for`);
    const before = delivery.hooks.get(occasion(act));
    const again = before === undefined || before === 'failed' || act.hook === 'on_failure';
    must(again, `the hook ${occasion(act)} runs twice`);
    const back = this.facts.course.drive.kind === 'back';
    must(!(back && before === 'failed'), `the hook ${occasion(act)} is tried again and again`);
  }

  /** Nothing is touched while the calendar is closed, or before anybody has looked. */
  opened(what: string): void {
    const { delivery } = this.facts.course;
    must(!delivery.closed, `${what} while the calendar is closed`);
    must(delivery.opened, `${what} before anybody has looked at the calendar`);
  }

  /** A gate was passed for this. */
  gate(moment: Moment, what: string): void {
    if (this.facts.scenario.delivery?.hooks[moment] !== true) return;
    const state = this.facts.course.delivery.hooks.get(`${moment} of ${what}`);
    must(state === 'done', `the gate ${moment} of ${what} is ${state}`);
  }

  private get plan(): DeliveryPlan {
    const { delivery } = this.facts.scenario;
    must(delivery !== undefined, 'nobody asked for any act');
    return delivery;
  }
}

/** Whether an analysis stands between two shares of the requests. */
function asksFor(strategy: DeliveryPlan['strategy'], before: number, after: number): boolean {
  if (strategy?.kind === 'blue_green') return strategy.validate.some(({ kind }) => kind === 'analyze');
  if (strategy?.kind !== 'canary') return false;
  const weightAt = (at: number) => {
    const step = strategy.steps[at];
    return step?.kind === 'traffic' ? step.weight : undefined;
  };
  const places = strategy.steps.map((_, at) => at);
  // On the way to a share nobody asks once more.
  if (before > 0 && places.every((at) => weightAt(at) !== before)) return false;
  const from = places.findLastIndex((at) => (weightAt(at) ?? Infinity) <= before);
  const first = places.findIndex((at) => at > from && weightAt(at) !== undefined);
  const asked = places.findIndex((at) => weightAt(at) === after);
  const to = asked < 0 ? first : Math.min(first, asked);
  return strategy.steps.slice(from + 1, to).some(({ kind }) => kind === 'analyze');
}

/** What is left where a way back ends: requests on the release, or what couldn't be done. */
export function isLeft(delivery: Delivery): boolean {
  return delivery.exposes || delivery.faults.some((kind) => kind !== 'shift');
}
