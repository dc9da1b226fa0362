import type { Progress, RolloutEvent } from '../../src/domain/rollout';
import type { DeliveryWaits } from './delivery-waits';
import type { Facts } from './facts';
import type { Spending } from './spending';
import { must } from './violation';

/** Judges waits and the deadline: that each has its reason, its length and its tick, and outlives a renewal. */
export class Waits {
  private lastWait = '';
  private readonly waits = { between: 0, after: 0 };

  constructor(
    private readonly facts: Facts,
    private readonly spending: Spending,
    private readonly delivery: DeliveryWaits,
  ) {}

  /** A wait that is shown has its reason and its length. */
  check({ status, awaiting }: Progress, wakeAt: number | undefined): void {
    const { course, scenario, world } = this.facts;
    if (status === 'paused') {
      must(awaiting?.kind === 'resume', 'paused, it awaits resume');
      return;
    }
    must(
      (status === 'awaiting_approval') === (awaiting?.kind === 'approval'),
      `${status}, it awaits ${awaiting?.kind}`,
    );
    if (!awaiting) return;
    if (scenario.delivery) return this.delivery.check(awaiting, wakeAt);
    const shown = `${awaiting.kind} ${awaiting.since} ${course.ledger.number('pending') > 0}`;
    if (shown !== this.lastWait && awaiting.kind === 'bake') this.baked();
    this.lastWait = shown;
    must(course.forward && course.inFlight === 0, 'a wait is for when nothing is in flight on the way forward');
    const pending = course.ledger.number('pending');
    must(
      awaiting.since <= world.now && awaiting.since >= this.facts.changeEnded,
      'a wait begins when the last change has ended',
    );
    const length = awaiting.until === undefined ? undefined : awaiting.until - awaiting.since;
    if (awaiting.kind === 'approval') {
      const approval = scenario.policy.approvals.find((one) => one.beforeBatch === course.batches + 1);
      must(approval !== undefined && pending > 0, `nobody asked for an approval before batch ${course.batches + 1}`);
      must(course.approvedFor <= course.batches, `batch ${course.approvedFor} has its approval already`);
      must(length === approval.timeoutMs, `an approval has ${approval.timeoutMs} ms, not ${length}`);
    } else {
      const due = pending > 0 ? course.pauseBetweenMs : scenario.policy.bakeMs;
      must(pending === 0 || course.batches > 0, 'there is no pause before the first batch');
      must(due > 0, 'a wait of no time is none');
      must(length === due, `a wait with ${pending} pending takes ${due} ms, not ${length}`);
    }
    if (awaiting.until !== undefined) {
      must(wakeAt !== undefined && wakeAt <= awaiting.until, `it waits until ${awaiting.until} and wakes at ${wakeAt}`);
    }
  }

  /** One wait before each batch and one after the last; a pause, a retry, a skip or a joiner may bring another. */
  private baked(): void {
    const { course, scenario } = this.facts;
    const pending = course.ledger.number('pending') > 0;
    must(pending || course.ledger.number('good') > 0, 'a bake needs somebody to watch');
    this.waits[pending ? 'between' : 'after']++;
    const again = course.accepted.filter((kind) => ['resume', 'retry', 'skip'].includes(kind)).length;
    const most = 1 + again + (pending ? course.batches : this.facts.lateBatches);
    must(
      this.waits[pending ? 'between' : 'after'] <= most,
      `it waits ${pending ? 'before a batch' : 'after the last'} too often`,
    );
    this.spending.allowWait(pending ? course.pauseBetweenMs : scenario.policy.bakeMs);
  }

  /** The deadline stands still while paused, awaiting a person or baking, and doesn't bind a rollback. */
  deadline({ awaiting }: Progress, wakeAt: number | undefined): void {
    const { course, world } = this.facts;
    const rolling = !this.facts.scenario.delivery?.strategy;
    const between = rolling && awaiting?.kind === 'bake' && course.ledger.number('pending') > 0;
    course.deadline.counting = course.forward && (awaiting === undefined || awaiting.kind === 'resume' || between);
    const at = course.deadline.at(world.now);
    if (at === undefined) return;
    must(wakeAt !== undefined && wakeAt <= at, `the deadline is at ${at}, and it wakes at ${wakeAt}`);
  }

  /** A wait that goes on keeps its times, whatever else is told: also when the run is renewed. */
  sameWait(event: RolloutEvent, before: Progress, after: Progress): void {
    const [was, is] = [before.awaiting, after.awaiting];
    const over = was?.until !== undefined && this.facts.world.now >= was.until;
    const moves = was?.kind === 'window' || was?.kind === 'analysis';
    if (moves && event.kind !== 'hold' && event.kind !== 'start') return;
    if (!was || over || event.kind === 'message' || event.kind === 'cancel_requested') return;
    if (was.kind === is?.kind)
      must(was.since === is.since && was.until === is.until, `${event.kind} begins a wait anew`);
    else must(event.kind !== 'start' && event.kind !== 'hold' && event.kind !== 'tick', `${event.kind} loses a wait`);
  }
}
