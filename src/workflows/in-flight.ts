import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import type { ChangeOutcome, RestoreOutcome } from '../domain';
import { reasonOf } from './activities';
import type { Names } from './names';

type Outcome = ChangeOutcome | RestoreOutcome;

/** What is done to each instance, and who is told what became of it. */
export interface Work<O extends Outcome> {
  run: (ordinal: number, name: string) => Promise<O>;
  /** What it comes to when the activity itself fails. */
  bad: O['result'];
  tell: (outcome: O) => void;
}

/** The instances that are being changed or restored. */
export class InFlight {
  private readonly ordinals = new Set<number>();
  /** Of all that are in flight: they are only ever cancelled together. */
  private scope = new CancellationScope({ cancellable: true });

  constructor(private readonly names: Names) {}

  get size(): number {
    return this.ordinals.size;
  }

  /** Names of the first few. */
  first(most: number): string[] {
    const names: string[] = [];
    for (const ordinal of this.ordinals) {
      if (names.length === most) break;
      names.push(this.nameOf(ordinal));
    }
    return names;
  }

  /** Cancels all of them; each still tells its outcome. */
  cancel(): void {
    this.scope.cancel();
    this.scope = new CancellationScope({ cancellable: true });
  }

  /**
   * Whatever becomes of an activity is an outcome: nothing that happens to one instance may stop the others.
   * Promises are few on purpose: the SDK takes a stack trace of each, which is most of what a workflow of thousands of
   * activities costs.
   */
  start<O extends Outcome>(ordinals: number[], work: Work<O>): void {
    const { scope } = this;
    void scope.run(async () => {
      for (const ordinal of ordinals) this.startOne(ordinal, work, scope);
    });
  }

  private startOne<O extends Outcome>(ordinal: number, { run, bad, tell }: Work<O>, scope: CancellationScope): void {
    this.ordinals.add(ordinal);
    const end = (outcome: O) => {
      this.ordinals.delete(ordinal);
      tell(outcome);
    };
    const failed = (error: unknown) => {
      if (!(error instanceof TemporalFailure)) throw error;
      const result = scope.consideredCancelled ? 'cancelled' : bad;
      end({ ordinal, name: this.nameOf(ordinal), result, attempts: 0, reason: reasonOf(error) } as O);
    };
    const name = this.names.peek(ordinal);
    const answer =
      name === undefined ? this.names.of(ordinal).then((found) => run(ordinal, found)) : run(ordinal, name);
    void answer.then(end, failed);
  }

  private nameOf(ordinal: number): string {
    return this.names.peek(ordinal) ?? String(ordinal);
  }
}
