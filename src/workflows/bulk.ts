import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import type { Driven, DriveInput, Piece } from '../activities/types';
import type { ChangeOutcome, RestoreOutcome } from '../domain';
import { long, reasonOf } from './activities';
import type { Names } from './names';

type Outcome = ChangeOutcome | RestoreOutcome;

/** Where instances are brought, and who is told what became of them. */
export interface Way<O extends Outcome> extends Pick<DriveInput, 'generation' | 'towards' | 'fence' | 'settled'> {
  /** How it is shown: `→ 1.5.0`. */
  label: string;
  /** What it comes to when the activity itself fails. */
  bad: O['result'];
  tell: (outcomes: O[]) => void;
}

/** Those that wait for an activity. */
interface Waiting {
  way: Way<Outcome>;
  pieces: Piece[];
}

/**
 * The instances that change themselves. One activity waits for all that go the same way; it returns when some of them
 * have ended, and the others wait together with whoever came to them in the meantime.
 */
export class BulkInFlight {
  private readonly ordinals = new Set<number>();
  private readonly waiting = new Map<DriveInput['towards'], Waiting>();
  private scope = new CancellationScope({ cancellable: true });

  constructor(private readonly names: Names) {}

  get size(): number {
    return this.ordinals.size;
  }

  /** Names of the first few. */
  first(most: number): string[] {
    return [...this.ordinals].slice(0, most).map((ordinal) => this.nameOf(ordinal));
  }

  /** These are to go; they do with the next `flush`. */
  start<O extends Outcome>(way: Way<O>, ordinals: number[], round: number): void {
    for (const ordinal of ordinals) this.ordinals.add(ordinal);
    this.learnNames(ordinals);
    this.add(
      way as unknown as Way<Outcome>,
      ordinals.map((ordinal) => ({ ordinal, round })),
    );
  }

  /** Cancels all of them; each still tells its outcome. */
  cancel(): void {
    this.flush();
    this.scope.cancel();
    this.scope = new CancellationScope({ cancellable: true });
  }

  /** One activity for all that wait for one. */
  flush(): void {
    const { scope } = this;
    for (const { way, pieces } of this.waiting.values()) {
      const driving = () => scope.run(() => drive(way, pieces));
      void this.conduct(way, pieces, driving, () => scope.consideredCancelled);
    }
    this.waiting.clear();
  }

  private async conduct(
    way: Way<Outcome>,
    pieces: Piece[],
    driving: () => Promise<Driven>,
    isCancelled: () => boolean,
  ): Promise<void> {
    try {
      const { outcomes, left } = await driving();
      if (isCancelled() && left.length > 0) {
        // It returned at the very moment of the cancellation, which didn't reach those that go on.
        const stopping = () => CancellationScope.nonCancellable(() => drive({ ...way, stop: true }, left));
        void this.conduct(way, left, stopping, () => false);
      } else {
        this.add(way, left);
      }
      this.tell(way, outcomes);
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      const result = isCancelled() ? 'cancelled' : way.bad;
      const outcomes = pieces.map(({ ordinal }): Outcome => {
        const outcome = { ordinal, name: this.nameOf(ordinal), result, attempts: 0, reason: reasonOf(error) };
        return outcome;
      });
      this.tell(way, outcomes);
    }
  }

  private tell(way: Way<Outcome>, outcomes: Outcome[]): void {
    for (const { ordinal } of outcomes) this.ordinals.delete(ordinal);
    way.tell(outcomes);
  }

  private add(way: Way<Outcome>, pieces: Piece[]): void {
    if (pieces.length === 0) return;
    const waiting = this.waiting.get(way.towards);
    if (waiting === undefined) this.waiting.set(way.towards, { way, pieces });
    else waiting.pieces = [...waiting.pieces, ...pieces];
  }

  /** For those who look on; nobody waits for it. */
  private learnNames(ordinals: number[]): void {
    const [ordinal] = ordinals.filter((each) => this.names.peek(each) === undefined);
    if (ordinal !== undefined) void this.names.of(ordinal).catch(() => undefined);
  }

  private nameOf(ordinal: number): string {
    return this.names.peek(ordinal) ?? String(ordinal);
  }
}

function drive(
  { generation, towards, fence, label, settled, stop }: Way<Outcome> & { stop?: true },
  pieces: Piece[],
): Promise<Driven> {
  const number = pieces.length === 1 ? '1 instance' : `${pieces.length} instances`;
  const input = { generation, towards, fence, pieces, ...(settled && { settled }), ...(stop && { stop }) };
  return long.driveInstances.executeWithOptions({ summary: `${number} ${label}` }, [input]);
}
