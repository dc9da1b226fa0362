import type { ChangeOutcome, Degradation, Message, RestoreOutcome, Size } from '../../src/domain';
import type { Joiner, Phase } from '../../src/domain/rollout';
import { isOver, mostAllowed, sized } from './exact';
import type { PolicyPlan, Scenario } from './scenario';
import { must } from './violation';

/** Why nothing new starts. */
export type Cause =
  'pause' | 'threshold' | 'rejected' | 'approval_timeout' | 'deadline' | 'rollback' | 'cancel' | 'abort';

const RANK: Record<Cause, number> = {
  pause: 0,
  threshold: 1,
  rejected: 1,
  approval_timeout: 1,
  deadline: 1,
  rollback: 2,
  cancel: 3,
  abort: 4,
};

export function outranks(cause: Cause, current: Cause | null): boolean {
  return current === null || RANK[cause] > RANK[current];
}

/**
 * What the oracle knows of each member: kept from the events told and the commands given alone, never
 * from the engine's state.
 */
export class Ledger {
  readonly phases: Phase[] = [];
  readonly gone: boolean[] = [];
  /** Left, and came back: out of the order of the others. */
  readonly returned: boolean[] = [];
  readonly touched: boolean[] = [];
  /** The place in the order of first starts. */
  readonly firstStart: (number | null)[] = [];
  readonly lastRound: number[] = [];
  readonly unhealthy: boolean[] = [];
  readonly tally = new Map<Phase, number>();
  readonly initial: number;
  targeted = 0;
  starts = 0;
  maxFailures: Size;
  batching: PolicyPlan['batching'];

  constructor(scenario: Scenario) {
    this.maxFailures = scenario.policy.maxFailures;
    this.batching = scenario.policy.batching;
    const back = scenario.mode === 'rollback';
    for (let i = 0; i < scenario.times; i++) {
      for (const { flag } of scenario.members) {
        const phase = flag === 'excluded' || flag === 'unchanged' ? flag : 'pending';
        this.add(phase, flag === 'unhealthy', back && phase === 'pending');
      }
    }
    this.initial = this.phases.length;
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
    for (const { state } of joined) this.add(state === 'unreachable' ? 'excluded' : state, false, false);
    for (const ordinal of left) {
      this.gone[ordinal] = true;
      // A failure happened, whoever left; and whoever was to be left out still is on return.
      const phase = this.phases[ordinal];
      if (phase !== 'failed' && phase !== 'skipped' && phase !== 'excluded') this.move(ordinal, 'left');
    }
    for (const { ordinal, state } of returned) {
      this.gone[ordinal] = false;
      this.returned[ordinal] = true;
      if (this.phases[ordinal] !== 'left') continue;
      const asItRuns = this.touched[ordinal] ? 'good' : 'unchanged';
      this.move(ordinal, state === 'unreachable' ? 'excluded' : state === 'unchanged' ? asItRuns : 'pending');
    }
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

  private add(phase: Phase, unhealthy: boolean, touched: boolean): void {
    this.phases.push(phase);
    this.gone.push(false);
    this.returned.push(false);
    this.touched.push(touched);
    this.firstStart.push(null);
    this.lastRound.push(-1);
    this.unhealthy.push(unhealthy);
    this.tally.set(phase, this.number(phase) + 1);
    if (phase !== 'excluded') this.targeted++;
  }
}
