import type { Acts } from './acts';
import type { Facts } from './facts';
import type { Stages } from './stages';
import { must } from './violation';

/** Judges the changes: which, when, how many, and what comes before a batch and after the last. */
export class WayForward {
  constructor(
    private readonly facts: Facts,
    private readonly acts: Acts,
    private readonly stages: Stages,
  ) {}

  change(ordinal: number, round: number): void {
    const { ledger } = this.facts.course;
    must(
      ledger.phases[ordinal] === 'pending',
      () => `member ${ordinal} is ${ledger.phases[ordinal]}: nothing to change`,
    );
    must(!ledger.gone[ordinal], `member ${ordinal} has left`);
    must(round > (ledger.lastRound[ordinal] ?? -1), `round ${round} of member ${ordinal} has its outcome already`);
    ledger.lastRound[ordinal] = round;
    ledger.begin(ordinal);
  }

  closeBatch(): void {
    const { ledger } = this.facts.course;
    if (ledger.number('changing') > 0 || !this.facts.course.forward) return;
    if (this.facts.batch && (this.facts.batch.started >= this.facts.batch.quota || ledger.number('pending') === 0))
      this.facts.batch = null;
  }

  /** Checks all that comes before a batch. */
  openBatch(changing: number): void {
    const { course, world, scenario } = this.facts;
    const { ledger } = course;
    must(changing === 0, 'a batch starts when the one before has ended');
    course.batches++;
    if (this.facts.finalRead) this.facts.lateBatches++;
    const number = course.batches;
    const { batching } = ledger;
    const windowed = batching.kind === 'window';
    const size = windowed ? batching.size : (batching.sizes[Math.min(number, batching.sizes.length) - 1] ?? null);
    must(size !== null, 'a strategy has sizes');
    const asked = ledger.size(size);
    // What this decision has moved to changing already was pending a moment ago.
    const pending = ledger.number('pending') + ledger.number('changing');
    const most = Math.min(asked, pending, this.lacking);
    this.facts.batch = { quota: windowed ? Infinity : most, started: 0 };
    this.facts.windowLimit = Math.min(500, asked);
    course.width.began(most);
    this.delivered(number);
    const approval = scenario.policy.approvals.some((one) => one.beforeBatch === number);
    must(!approval || course.approvedFor === number, `batch ${number} starts without its approval`);
    if (number > 1) {
      const since = world.now - this.facts.changeEnded;
      const promoted = course.promotedAt >= this.facts.changeEnded;
      must(windowed || promoted || since >= course.pauseBetweenMs, `batch ${number} starts ${since} ms after the last`);
    }
    if (number > 1 || this.facts.waited) {
      must(
        this.facts.finalRead || this.facts.readsAnswered > this.facts.readsAtBatch,
        `batch ${number} starts without a look at who is there`,
      );
      must(
        this.facts.swept || ledger.number('good') <= this.facts.justSeen,
        `batch ${number} starts without a look at the good ones`,
      );
    }
    this.facts.readsAtBatch = this.facts.readsAnswered;
    this.facts.readsAsked = 0;
    this.facts.swept = false;
    this.facts.waited = false;
  }

  /** How many the stage of the course still asks for; what this decision has begun was pending a moment ago. */
  private get lacking(): number {
    const { current } = this.stages;
    const { ledger, delivery } = this.facts.course;
    const changing = ledger.number('changing');
    // What runs well nowhere is tried once more in the middle of any stage.
    const nowhere = ledger.number('good') + ledger.number('unchanged') === 0;
    if (nowhere && this.stages.isCourse && (delivery.exposes || current?.kind !== 'update')) return changing;
    if (current?.kind !== 'update') {
      must(!this.stages.isCourse || this.stages.isOver, `a batch starts while it is to ${current?.kind}`);
      return Infinity;
    }
    return this.stages.lacking(current.percent, changing);
  }

  /** What comes before a batch beside looks and waits: a hook, the calendar, a verdict on the one before. */
  private delivered(number: number): void {
    const { course, scenario } = this.facts;
    if (!scenario.delivery) return;
    const { delivery, ledger } = course;
    this.acts.gate('pre_batch', String(number));
    this.acts.gate('pre_deploy', 'deploy');
    if (number > 1) this.acts.gate('post_batch', String(number - 1));
    this.acts.opened(`batch ${number} starts`);
    delivery.opened = false;
    const judges = scenario.delivery.strategy === null && scenario.delivery.analysis !== null;
    must(
      !judges || number === 1 || delivery.judged || ledger.number('good') === 0,
      `batch ${number} starts without a verdict`,
    );
    if (judges) delivery.judged = false;
  }

  batchStarted(started: number, changing: number): void {
    const { ledger, batching } = { ledger: this.facts.course.ledger, batching: this.facts.course.ledger.batching };
    const { batch } = this.facts;
    must(batch !== null, 'changes belong to a batch');
    batch.started += started;
    const inFlight = ledger.number('changing');
    this.facts.course.width.changing(inFlight);
    const limit = batching.kind === 'window' ? this.facts.windowLimit : Math.min(500, batch.quota);
    must(inFlight <= limit, `${inFlight} are in flight, ${limit} may be`);
    must(batch.started <= batch.quota, `${batch.started} were started in a batch of ${batch.quota}`);
    const wanted = Math.min(
      limit,
      changing + ledger.number('pending') + started,
      batch.quota - batch.started + inFlight,
    );
    must(inFlight === wanted, `${inFlight} are in flight, ${wanted} could be`);
  }

  /** The next one starts as soon as one ends. */
  slots(): void {
    const { course, batch, windowLimit } = this.facts;
    const { ledger } = course;
    const changing = ledger.number('changing');
    if (!course.forward || course.held || !batch || changing === 0) return;
    const limit = batch.quota === Infinity ? windowLimit : Math.min(500, batch.quota);
    const more = Math.min(ledger.number('pending'), batch.quota - batch.started);
    must(more === 0 || changing >= limit, `${changing} are in flight, ${limit} may be, and ${more} wait`);
  }

  lastRead(): void {
    this.facts.finalRead = true;
    this.bakedEnough();
  }

  /** Checks all that comes before the end of the way forward. */
  closing(end: string): void {
    const { course } = this.facts;
    const { ledger, drive } = course;
    must(drive.kind === 'forward' && course.cause === null, `it ends ${end} while ${course.cause ?? drive.kind}`);
    must(!course.held, 'it is held: the end waits');
    must(ledger.number('pending') === 0, `it ends ${end} with members pending`);
    must(this.facts.finalRead, 'membership is read once after the last batch');
    this.bakedEnough();
    must(
      this.facts.swept || ledger.number('good') <= this.facts.justSeen,
      'the good ones are looked at before success',
    );
    must(!ledger.over, `it ends ${end} with more failures than allowed`);
    const { delivery } = course;
    const { strategy, analysis, flags } = this.facts.scenario.delivery ?? {};
    if (strategy !== null) return;
    for (const [flag, percent] of Object.entries(flags ?? {}))
      must(delivery.flags.get(flag) === percent, `${flag} is set`);
    const judges = analysis !== null && course.batches > 0 && ledger.number('good') > 0;
    must(!judges || delivery.judged, `it ends ${end} without a verdict`);
  }

  /** Whether the good ones were watched for as long as they have to be. */
  private bakedEnough(): void {
    const { course, world, scenario } = this.facts;
    const { bakeMs } = scenario.policy;
    if (bakeMs === 0 || course.ledger.number('good') === 0 || this.facts.changeEnded < 0) return;
    const baked = world.now - this.facts.changeEnded >= bakeMs || course.promotedAt >= this.facts.changeEnded;
    must(baked, `baked ${world.now - this.facts.changeEnded} ms of ${bakeMs}`);
  }
}
