import type { Progress } from '../../src/domain/rollout';
import type { Facts } from './facts';
import type { Spending } from './spending';
import type { Stages } from './stages';
import { must } from './violation';

/** Longest that a calendar is believed. */
const LOOK_AGAIN_MS = 60_000;

/** Judges waits where there is more than instances: that each is of the stage that is under way, and has its length. */
export class DeliveryWaits {
  private last = '';

  constructor(
    private readonly facts: Facts,
    private readonly spending: Spending,
    private readonly stages: Stages,
  ) {}

  check(awaiting: NonNullable<Progress['awaiting']>, wakeAt: number | undefined): void {
    const { course, scenario, world } = this.facts;
    const { since, until } = awaiting;
    const quiet = awaiting.kind === 'window' ? course.inFlight + world.outside.underWay === 0 : world.quiet;
    must(course.forward && quiet, 'a wait is for when nothing is in flight on the way forward');
    // What was under way when requests were shifted is left out.
    const left =
      awaiting.kind === 'analysis' && course.delivery.routed ? (scenario.delivery?.analysis?.intervalMs ?? 0) : 0;
    must(since <= world.now + left, 'a wait has begun');
    const shown = `${awaiting.kind} ${since} ${until} ${awaiting.kind === 'window' ? wakeAt : ''}`;
    const end = awaiting.kind === 'window' ? wakeAt : until;
    if (shown !== this.last && end !== undefined) this.spending.allowWait(Math.max(0, end - world.now));
    this.last = shown;
    const length = until === undefined ? undefined : until - since;
    if (awaiting.kind === 'window') {
      must(course.delivery.closed, 'it waits for a calendar that is open');
      must(
        course.held || (wakeAt !== undefined && wakeAt <= world.now + LOOK_AGAIN_MS),
        'a freeze may be lifted early',
      );
      return;
    }
    if (awaiting.kind === 'analysis') {
      must(!!scenario.delivery?.analysis, 'nobody asked for measurements');
      const due = course.delivery.asked !== null || course.held || (wakeAt !== undefined && wakeAt <= (until ?? 0));
      must(due, 'what is watched is measured');
    } else if (until !== undefined) {
      must(wakeAt !== undefined && wakeAt <= until, `it waits until ${until} and wakes at ${wakeAt}`);
    }
    this.stage(awaiting.kind, length);
  }

  /** It is the stage's own, and as long as that says. */
  private stage(kind: NonNullable<Progress['awaiting']>['kind'], length: number | undefined): void {
    const { course, scenario } = this.facts;
    const { current } = this.stages;
    const early = scenario.policy.approvals.find((one) => one.beforeBatch === course.batches + 1);
    switch (kind) {
      case 'approval': {
        const asked = current?.kind === 'approve' ? current : early;
        must(asked !== undefined && length === asked.timeoutMs, `nobody asked for an approval of ${length} ms`);
        return;
      }
      case 'bake': {
        const pending = course.ledger.number('pending') > 0;
        const bakes = current?.kind === 'bake' || current?.kind === 'keep' ? current.forMs : undefined;
        const due = this.stages.isCourse ? bakes : pending ? course.pauseBetweenMs : scenario.policy.bakeMs;
        must(length === due, `a bake takes ${due} ms, not ${length}`);
        return;
      }
      case 'analysis':
        must(!this.stages.isCourse || current?.kind === 'analyze', `it is watched while it is to ${current?.kind}`);
        return;
      case 'resume':
      case 'window':
    }
  }
}
