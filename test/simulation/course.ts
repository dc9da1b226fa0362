import type { Message, TerminalStatus } from '../../src/domain';
import type { Phase, RolloutEvent } from '../../src/domain/rollout';
import { Ledger, outranks, type Cause } from './ledger';
import type { Scenario } from './scenario';
import type { World } from './world';

/** Which way a rollout goes; `failed`: only the failed ones go back, at the end of the way forward. */
export type Drive =
  | { kind: 'forward' }
  | { kind: 'paused' }
  | { kind: 'back'; which: 'touched' | 'failed'; final: TerminalStatus }
  | { kind: 'ended'; status: TerminalStatus };

/** What the engine shows of its waits: taken at its word, then checked. */
export interface Shown {
  status: string;
  awaiting?: { kind: string; since: number; until?: number };
}

/** An excluded one was touched only if it left and came back out of reach. */
const GOES_BACK: readonly Phase[] = ['failed', 'good', 'skipped', 'pending', 'excluded'];

/** The table "What ends how", written a second time: where a rollout must be after each event. */
export class Course {
  readonly ledger: Ledger;
  drive: Drive = { kind: 'forward' };
  /** Why nothing new starts while what is in flight ends. */
  cause: Cause | null = null;
  held = false;
  /** Batches started so far. */
  batches = 0;
  approvedFor = 0;
  promotedAt = -1;
  /** Of the time that the deadline counts. */
  countedMs = 0;
  counting = false;
  largest = 1;
  /** The most that were really changed at a time: a rollback is at least as wide. */
  widest = 1;
  /** What the last event set off; the commands must fit. */
  fresh: Cause | null = null;
  /** What was allowed and in flight when the threshold tripped, and how many were found ill since. */
  tripped: { allowed: number; inFlight: number; degraded: number } | null = null;
  /** Kinds of the messages that were accepted. */
  readonly accepted: string[] = [];
  private lastNow: number;

  constructor(
    private readonly scenario: Scenario,
    private readonly world: World,
  ) {
    this.ledger = new Ledger(scenario);
    this.lastNow = world.now;
    if (scenario.mode !== 'rollback') return;
    const { batching } = this.ledger;
    const sizes = batching.kind === 'window' ? [batching.size] : batching.sizes;
    this.largest = Math.max(...sizes.map((size) => this.ledger.size(size)));
    this.widest = this.largest;
    this.drive = { kind: 'back', which: 'touched', final: 'rolled_back' };
  }

  get forward(): boolean {
    return this.drive.kind === 'forward' && this.cause === null;
  }

  get inFlight(): number {
    return this.ledger.number('changing') + this.ledger.number('restoring');
  }

  /**
   * Takes an event in.
   * @param accepted false: a refused message, or an answer that was given before
   * @returns whether it was in time, too
   */
  hear(event: RolloutEvent, accepted: boolean, shown: Shown, logged: Set<string>): boolean {
    const { ledger, world } = this;
    if (this.counting) this.countedMs += world.now - this.lastNow;
    this.lastNow = world.now;
    this.fresh = null;
    if (this.counting && this.overdue) {
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
    return accepted;
  }

  /** Whether the deadline has passed. */
  get overdue(): boolean {
    const { deadlineMs } = this.scenario.policy;
    return deadlineMs !== null && this.countedMs >= deadlineMs;
  }

  /** How many may go back at a time. */
  get width(): number {
    const { rollbackBatchSize } = this.scenario.policy;
    return Math.min(500, rollbackBatchSize ? this.ledger.size(rollbackBatchSize) : this.largest);
  }

  /** How many go back at a time at least, as long as there are so many. */
  get leastWidth(): number {
    return this.scenario.policy.rollbackBatchSize ? this.width : Math.min(500, this.widest);
  }

  /** Whether this one still has to go back. */
  goesBack(ordinal: number): boolean {
    const { ledger, drive } = this;
    if (drive.kind !== 'back' || !ledger.touched[ordinal] || ledger.gone[ordinal]) return false;
    const phase = ledger.phases[ordinal];
    if (drive.which === 'failed') return phase === 'failed';
    return phase !== undefined && GOES_BACK.includes(phase);
  }

  get anyGoesBack(): boolean {
    return this.ledger.phases.some((_, ordinal) => this.goesBack(ordinal));
  }

  private time(shown: Shown): void {
    const { awaiting } = shown;
    if (shown.status !== 'awaiting_approval' || awaiting?.until === undefined || this.world.now < awaiting.until)
      return;
    const approval = this.scenario.policy.approvals.find((one) => one.beforeBatch === this.batches + 1);
    this.stop(approval?.onTimeout === 'pause' ? 'pause' : 'approval_timeout');
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
        if (this.drive.kind === 'back') this.drive = { kind: 'back', which: 'touched', final: 'rolled_back' };
        else this.stop('rollback');
        return;
      case 'resume':
        if (this.cause === 'pause') this.cause = null;
        this.drive = { kind: 'forward' };
        this.tripped = null;
        return;
      case 'approve':
        this.approvedFor = this.batches + 1;
        return;
      case 'promote':
        this.promotedAt = this.world.now;
        return;
      case 'adjust': {
        const { batch_size, window, max_failures } = message.adjustment;
        if (batch_size) ledger.batching = { kind: 'batches', sizes: [batch_size], pauseBetweenMs: this.pauseBetweenMs };
        if (window) ledger.batching = { kind: 'window', size: { kind: 'count', count: window } };
        if (window) this.largest = Math.max(this.largest, window);
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
    const all = this.drive.which === 'touched' || this.scenario.policy.onFailure === 'rollback';
    if (all) this.drive = { kind: 'back', which: 'touched', final: 'cancelled' };
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

  private stop(cause: Cause): void {
    if (this.drive.kind === 'ended' || !outranks(cause, this.cause)) return;
    if (this.drive.kind === 'back' && cause !== 'abort' && cause !== 'cancel') return;
    this.cause = cause;
    this.fresh = cause;
    if (this.drive.kind === 'paused') this.drive = { kind: 'forward' };
  }

  /** Once nothing is in flight, what was stopped goes where its cause leads. */
  private settle(): void {
    const { cause, world } = this;
    if (cause === null || !world.quiet) return;
    this.cause = null;
    const { onFailure } = this.scenario.policy;
    const back = (final: TerminalStatus): Drive => ({ kind: 'back', which: 'touched', final });
    if (cause === 'abort') this.drive = { kind: 'ended', status: 'aborted' };
    else if (cause === 'pause') this.drive = { kind: 'paused' };
    else if (cause === 'rollback') this.drive = back('rolled_back');
    else if (cause === 'cancel') {
      this.drive = onFailure === 'rollback' ? back('cancelled') : { kind: 'ended', status: 'cancelled' };
    } else if (onFailure === 'rollback') this.drive = back('rolled_back');
    else if (onFailure === 'pause' && cause !== 'deadline') this.drive = { kind: 'paused' };
    else this.drive = { kind: 'ended', status: 'failed' };
  }
}
