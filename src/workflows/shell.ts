import { ApplicationFailure } from '@temporalio/workflow';
import type { Refused } from '../activities/types';
import type { Message } from '../domain';
import {
  decide,
  refusal,
  type LogEntry,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
} from '../domain/rollout';
import type { Carried } from './input';
import type { Begun } from './messages';
import type { Names } from './names';

/** The rollout, once `begin` has answered. */
export interface Rollout {
  began: Carried;
  state: RolloutState;
  names: Names;
}

/**
 * Holds the rollout and decides. An event is decided on at once, wherever it comes from, so that the next message is
 * judged by a state that has no event outstanding; what was decided is carried out by the loop, in order.
 */
export class Shell {
  rollout: Rollout | undefined;
  private refused: ApplicationFailure | Refused | undefined;
  private decided: RolloutCommand[] = [];
  private stirred = false;
  private open: () => void = () => undefined;
  /** Resolved when the rollout has begun, or when it is known that there will be none. */
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));

  begin(rollout: Rollout): void {
    this.rollout = rollout;
    this.open();
  }

  /** @param why `begin` refused, or failed for good */
  refuse(why: ApplicationFailure | Refused): void {
    this.refused = why;
    this.open();
  }

  /** Decides on what happened; nothing before the rollout has begun. */
  feed(event: RolloutEvent): void {
    if (!this.rollout) return;
    const { state, commands } = decide(this.rollout.state, event, Date.now());
    this.rollout.state = state;
    this.decided.push(...commands);
    this.stir();
  }

  /** Writes to the event log, as if the engine had asked for it. */
  note(entry: LogEntry): void {
    this.decided.push({ kind: 'log', entry });
    this.stir();
  }

  /** Wakes the loop. */
  stir(): void {
    this.stirred = true;
  }

  /** Whether anything happened since the commands were last taken. */
  get restless(): boolean {
    return this.stirred;
  }

  /** What was decided since the last time. */
  take(): RolloutCommand[] {
    this.stirred = false;
    return this.decided.splice(0);
  }

  /** Why the message would be refused now; undefined: it is welcome. */
  refusal(message: Message): string | undefined {
    return refusal(this.begun.state, message);
  }

  /** The rollout; throws where there is none. */
  get begun(): Rollout {
    if (this.rollout) return this.rollout;
    const why = this.refused ? `did not begin: ${this.refused.message}` : 'has not begun yet';
    throw ApplicationFailure.nonRetryable(`the deployment ${why}`, 'NotBegun');
  }

  /** The answer to `begin`. */
  async answer(): Promise<Begun> {
    await this.opened;
    if (this.refused instanceof ApplicationFailure) throw this.refused;
    if (this.refused) return this.refused;
    const { id, generation } = this.begun.began.document;
    return { kind: 'begun', id, generation };
  }
}
