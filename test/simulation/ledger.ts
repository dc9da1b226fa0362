import type { ChangeOutcome, Degradation, Message, RestoreOutcome, Size } from '../../src/domain';
import type { Joiner, Phase } from '../../src/domain/rollout';
import { isOver, mostAllowed, sized } from './exact';
import type { PolicyPlan, Scenario } from './scenario';
import { must } from './violation';

/** Starts from here on haven't come yet. */
const WAITING = 1_000_000;

/**
 * What the oracle knows of each member: kept from the events told and the commands given alone, never
 * from the engine's state.
 */
export class Ledger {
  readonly phases: Phase[] = [];
  readonly gone: boolean[] = [];
  readonly touched: boolean[] = [];
  /** Places in the order of turns: unhealthy ones, the others, then newcomers and those who return after their turn. */
  readonly place: number[] = [];
  /** The place of the last one that had its turn. */
  furthest = -1;
  /** The order of first starts; who left or was skipped and has to be started anew counts as last until then, and from then on. */
  readonly start: (number | null)[] = [];
  readonly lastRound: number[] = [];
  readonly unhealthy: boolean[] = [];
  readonly tally = new Map<Phase, number>();
  targeted = 0;
  private starts = 0;
  private nextPlace = 2_000_000;
  maxFailures: Size;
  batching: PolicyPlan['batching'];

  constructor(scenario: Scenario) {
    this.maxFailures = scenario.policy.maxFailures;
    this.batching = scenario.policy.batching;
    const back = scenario.mode === 'rollback';
    for (let i = 0; i < scenario.times; i++) {
      for (const { flag } of scenario.members) {
        const phase = flag === 'excluded' || flag === 'unchanged' ? flag : 'pending';
        const place = (flag === 'unhealthy' ? 0 : 1_000_000) + this.total;
        this.add(phase, place, flag === 'unhealthy', back && phase === 'pending');
      }
    }
  }

  get total(): number {
    return this.phases.length;
  }

  number(phase: Phase): number {
    return this.tally.get(phase) ?? 0;
  }

  get failed(): number {
    return this.number('failed');
  }

  get over(): boolean {
    return isOver(this.maxFailures, this.failed, this.targeted);
  }

  get allowed(): number {
    return mostAllowed(this.maxFailures, this.targeted);
  }

  size(size: Size): number {
    return sized(size, this.targeted);
  }

  /** It is changed now: in a turn of its own, or once more. */
  begin(ordinal: number): void {
    this.touched[ordinal] = true;
    this.move(ordinal, 'changing');
    const before = this.start[ordinal] ?? WAITING;
    if (before < WAITING) return;
    this.start[ordinal] = this.starts++;
    const place = this.place[ordinal] ?? -1;
    must(place > this.furthest, `member ${ordinal} starts out of order`);
    this.furthest = place;
  }

  /** These wait for a turn (again): where it is over, they are the last ones, in the order they had. */
  queueUp(ordinals: number[]): void {
    const placeOf = (ordinal: number) => this.place[ordinal] ?? 0;
    const over = ordinals.filter((ordinal) => placeOf(ordinal) <= this.furthest);
    for (const ordinal of over.sort((a, b) => placeOf(a) - placeOf(b))) {
      this.place[ordinal] = this.nextPlace++;
      if (this.start[ordinal] !== null) this.start[ordinal] = WAITING + this.nextPlace;
    }
  }

  /** Failed and skipped ones are to be tried again. */
  retry(ordinals: number[]): void {
    this.queueUp(ordinals.filter((ordinal) => this.phases[ordinal] === 'skipped'));
    ordinals.forEach((ordinal) => this.move(ordinal, 'pending'));
  }

  move(ordinal: number, to: Phase): void {
    const from = this.phases[ordinal];
    must(from !== undefined, `there is no member ${ordinal}`);
    this.tally.set(from, this.number(from) - 1);
    this.tally.set(to, this.number(to) + 1);
    this.phases[ordinal] = to;
  }

  changed(outcomes: ChangeOutcome[]): void {
    for (const { ordinal, result } of outcomes) {
      if (this.phases[ordinal] === 'changing') this.move(ordinal, result === 'good' ? 'good' : 'failed');
    }
  }

  restored(outcomes: RestoreOutcome[]): void {
    for (const { ordinal, result } of outcomes) {
      if (this.phases[ordinal] === 'restoring') this.move(ordinal, result === 'restored' ? 'restored' : 'unresolved');
    }
  }

  degraded(found: Degradation[]): void {
    for (const { ordinal } of found) {
      if (this.phases[ordinal] === 'good') this.move(ordinal, 'failed');
    }
  }

  membership(joined: Joiner[], left: number[], returned: Joiner[]): void {
    for (const { state } of joined) {
      this.add(state === 'unreachable' ? 'excluded' : state, this.nextPlace++, false, false);
    }
    for (const ordinal of left) {
      this.gone[ordinal] = true;
      // A failure happened, whoever left; and whoever was to be left out still is on return.
      const phase = this.phases[ordinal];
      if (phase !== 'failed' && phase !== 'skipped' && phase !== 'excluded') this.move(ordinal, 'left');
    }
    const again: number[] = [];
    for (const { ordinal, state } of returned) {
      this.gone[ordinal] = false;
      if (this.phases[ordinal] !== 'left') continue;
      const asItRuns = this.touched[ordinal] ? 'good' : 'unchanged';
      this.move(ordinal, state === 'unreachable' ? 'excluded' : state === 'unchanged' ? asItRuns : 'pending');
      if (state === 'pending') again.push(ordinal);
    }
    this.queueUp(again);
  }

  /** `retry` and `skip`: none named are all that failed and are still there. */
  chosen(message: Extract<Message, { kind: 'retry' | 'skip' }>): number[] {
    if (message.ordinals.length > 0) return message.ordinals;
    return this.ordinals((phase, ordinal) => phase === 'failed' && !this.gone[ordinal]);
  }

  ordinals(which: (phase: Phase, ordinal: number) => boolean): number[] {
    const found: number[] = [];
    this.phases.forEach((phase, ordinal) => {
      if (which(phase, ordinal)) found.push(ordinal);
    });
    return found;
  }

  private add(phase: Phase, place: number, unhealthy: boolean, touched: boolean): void {
    this.phases.push(phase);
    this.gone.push(false);
    this.touched.push(touched);
    this.place.push(place);
    this.start.push(null);
    this.lastRound.push(-1);
    this.unhealthy.push(unhealthy);
    this.tally.set(phase, this.number(phase) + 1);
    if (phase !== 'excluded') this.targeted++;
  }
}
