import type { Message } from '../../src/domain';
import type { Phase, Progress, RolloutEvent } from '../../src/domain/rollout';
import { outranks, type Cause } from './cause';
import { Delivery } from './delivery';
import { Deadline } from './deadline';
import { driveAfter, type Drive } from './drive';
import { Ledger } from './ledger';
import type { Scenario } from './scenario';
import { must } from './violation';
import { Width } from './width';
import type { World } from './world';

/** An excluded one was touched only if it left and came back out of reach. */
const GOES_BACK: readonly Phase[] = ['failed', 'good', 'skipped', 'pending', 'excluded'];

/** The table "What ends how", written a second time: where a rollout must be after each event. */
export class Course {
  readonly ledger: Ledger;
  readonly deadline: Deadline;
  readonly delivery: Delivery;
  readonly width: Width;
  drive: Drive = { kind: 'forward' };
  /** Why nothing new starts while what is in flight ends. */
  cause: Cause | null = null;
  held = false;
  /** Batches started so far. */
  batches = 0;
  approvedFor = 0;
  promotedAt = -1;
  /** What the last event set off; the commands must fit. */
  fresh: Cause | null = null;
  /** What was allowed and in flight when the threshold tripped, and how many were found ill since. */
  tripped: { allowed: number; inFlight: number; degraded: number } | null = null;
  /** It went back by a switch, and no instance did. */
  switchedBack = false;
  /** The approval that the stage under way asks for. */
  asked: { onTimeout: 'pause' | 'reject' } | null = null;
  /** Kinds of the messages that were accepted. */
  readonly accepted: string[] = [];

  constructor(
    private readonly scenario: Scenario,
    private readonly world: World,
  ) {
    this.ledger = new Ledger(scenario);
    this.deadline = new Deadline(scenario.policy.deadlineMs, world.now);
    this.delivery = new Delivery(scenario.delivery);
    this.width = new Width(scenario, this.ledger);
    if (scenario.mode === 'rollback') this.drive = { kind: 'back', which: 'touched', final: 'rolled_back' };
  }

  get forward(): boolean {
    return this.drive.kind === 'forward' && this.cause === null;
  }

  get inFlight(): number {
    return this.ledger.number('changing') + this.ledger.number('restoring');
  }

  /**
   * Takes an event in.
   * @param shown what the engine shows of its waits: taken at its word, then checked
   * @param accepted false: a refused message, or an answer that was given before
   * @returns whether it was in time, too
   */
  hear(event: RolloutEvent, accepted: boolean, shown: Progress, logged: Set<string>): boolean {
    const { ledger, world } = this;
    this.deadline.passTo(world.now);
    this.fresh = null;
    if (this.deadline.over) {
      this.stop('deadline');
      // Welcome a moment ago, it may have come too late.
      if (event.kind === 'message' && logged.has(`${event.message.kind}_refused`)) accepted = false;
    }
    const failedBefore = ledger.failed;
    const inFlightBefore = this.inFlight;
    let found = 0;
    switch (event.kind) {
      case 'start':
        this.held = false;
        break;
      case 'hold':
        this.held = true;
        break;
      case 'measured':
        this.stop(this.delivery.measured(event));
        break;
      case 'acted':
        this.came(event);
        break;
      case 'changed':
        ledger.changed(event.outcomes);
        break;
      case 'restored':
        ledger.restored(event.outcomes);
        break;
      case 'membership':
        if (accepted) ledger.membership(event.joined, event.left, event.returned ?? []);
        break;
      case 'swept':
      case 'degraded':
        if (accepted && this.drive.kind !== 'back') ledger.degraded(event.degraded);
        found = ledger.failed - failedBefore;
        if (this.tripped) this.tripped.degraded += found;
        break;
      case 'generation_drawn':
        break;
      case 'tick':
        this.time(shown);
        break;
      case 'message':
        if (accepted) this.message(event.message);
        break;
      case 'cancel_requested':
        this.cancel();
        break;
    }
    const adjusted = event.kind === 'message' && event.message.kind === 'adjust';
    if (ledger.failed > failedBefore || adjusted) this.threshold(inFlightBefore, found, adjusted);
    this.settle();
    this.unserved(logged);
    if (this.drive.kind === 'back' && this.drive.which !== 'failed') this.switchedBack = this.drive.which === 'none';
    return accepted;
  }

  /** An act has ended; what fails once something greater stops it says nothing more. */
  private came(event: Extract<RolloutEvent, { kind: 'acted' }>): void {
    this.stop(this.delivery.acted(event, this.drive.kind === 'back'));
  }

  /** Requests of a release that is good nowhere are nobody's: also where it should have its first now. */
  private unserved(logged: Set<string>): void {
    const { ledger, delivery } = this;
    if (!this.forward || ledger.number('good') + ledger.number('unchanged') > 0) return;
    // Those that are tried once more may have them.
    const again = ledger.ordinals((phase, one) => phase === 'pending' && ledger.touched[one] === true).length;
    if (delivery.exposes && again + ledger.number('changing') > 0) return;
    if (!delivery.exposes && !(delivery.routed && logged.has('traffic_failed'))) return;
    const tried = ledger.number('pending') === 0 || ledger.touched.includes(true) || ledger.gone.includes(true);
    must(tried, 'requests are asked for before any instance was changed');
    this.stop('traffic');
    this.settle();
  }

  /** Whether this one still has to go back. */
  goesBack(ordinal: number): boolean {
    const { ledger, drive } = this;
    if (drive.kind !== 'back' || !ledger.touched[ordinal] || ledger.gone[ordinal]) return false;
    const phase = ledger.phases[ordinal];
    if (drive.which === 'none') return false;
    if (drive.which === 'failed') return phase === 'failed';
    return phase !== undefined && GOES_BACK.includes(phase);
  }

  get anyGoesBack(): boolean {
    return this.ledger.phases.some((_, ordinal) => this.goesBack(ordinal));
  }

  private time(shown: Progress): void {
    const { awaiting } = shown;
    if (this.cause !== null || awaiting?.until === undefined || this.world.now < awaiting.until) return;
    if (awaiting.kind === 'bake') this.delivery.pass();
    if (shown.status !== 'awaiting_approval') return;
    const approval = this.scenario.policy.approvals.find((one) => one.beforeBatch === this.batches + 1);
    this.stop((this.asked ?? approval)?.onTimeout === 'pause' ? 'pause' : 'approval_timeout');
  }

  private message(message: Message): void {
    const { ledger } = this;
    this.accepted.push(message.kind);
    switch (message.kind) {
      case 'abort':
      case 'pause':
        return this.stop(message.kind);
      case 'reject':
        return this.stop('rejected');
      case 'rollback':
        if (this.drive.kind === 'back') this.drive = { kind: 'back', which: this.whole, final: 'rolled_back' };
        else this.stop('rollback');
        return;
      case 'resume':
        if (this.cause === 'pause') this.cause = null;
        this.drive = { kind: 'forward' };
        this.tripped = null;
        this.delivery.opened = false;
        return;
      case 'approve':
        this.approvedFor = this.batches + 1;
        this.delivery.pass();
        return;
      case 'promote':
        this.promotedAt = this.world.now;
        this.delivery.pass();
        return;
      case 'adjust': {
        const { batch_size, window, max_failures } = message.adjustment;
        if (batch_size) ledger.batching = { kind: 'batches', sizes: [batch_size], pauseBetweenMs: this.pauseBetweenMs };
        if (window) ledger.batching = { kind: 'window', size: { kind: 'count', count: window } };
        if (window) this.width.began(window);
        if (max_failures) ledger.maxFailures = max_failures;
        return;
      }
      case 'retry':
        ledger.retry(ledger.chosen(message));
        return;
      case 'skip':
        ledger.chosen(message).forEach((one) => ledger.move(one, 'skipped'));
        return;
    }
  }

  get pauseBetweenMs(): number {
    const { batching } = this.scenario.policy;
    return batching.kind === 'batches' ? batching.pauseBetweenMs : 0;
  }

  private cancel(): void {
    if (this.drive.kind !== 'back') return this.stop('cancel');
    if (this.cause === 'abort') return;
    // It goes on with a rollback; restoring a few failed ones is none.
    const all = this.drive.which !== 'failed' || this.scenario.policy.onFailure === 'rollback';
    // What is only switched back stays so, although it has no requests any more.
    const which = this.drive.which === 'failed' ? this.whole : this.drive.which;
    if (all) this.drive = { kind: 'back', which, final: 'cancelled' };
    else this.stop('cancel');
  }

  private threshold(inFlight: number, degraded: number, adjusted: boolean): void {
    const { ledger, drive } = this;
    // While it is paused, a person decides.
    if (drive.kind !== 'forward' || !ledger.over) return;
    if (!outranks('threshold', this.cause)) return;
    this.stop('threshold');
    // Lowering the limit trips over failures that were allowed until then.
    const allowed = Math.max(ledger.allowed, adjusted ? ledger.failed : 0);
    this.tripped = { allowed, inFlight, degraded };
  }

  /** Who goes back when all of it does. */
  private get whole(): 'touched' | 'none' {
    return this.delivery.isSwitched ? 'none' : 'touched';
  }

  private stop(cause: Cause | null): void {
    if (cause === null || this.drive.kind === 'ended' || !outranks(cause, this.cause)) return;
    if (this.drive.kind === 'back' && cause !== 'abort' && cause !== 'cancel') return;
    this.cause = cause;
    this.fresh = cause;
    this.delivery.seen(false);
    if (this.drive.kind === 'paused') this.drive = { kind: 'forward' };
  }

  /** Once nothing is in flight, what was stopped goes where its cause leads. */
  private settle(): void {
    const { cause, world } = this;
    if (cause === null || !world.quiet) return;
    this.cause = null;
    this.drive = driveAfter(cause, this.scenario.policy.onFailure, this.whole);
  }
}
