import { CancellationScope, sleep, TemporalFailure } from '@temporalio/workflow';
import { phaseOf } from '../domain/rollout';
import { reasonOf, watch } from './activities';
import type { Rollout, Shell } from './shell';

const PAUSE_AFTER_FAILURE_MS = 60_000;

/** Keeps one activity looking at the good instances for as long as the engine wants it. */
export class Patrol {
  private scope: CancellationScope | undefined;
  private rounds = 0;
  /** What was found ill, and after which of its changes: told once. A new run of the workflow may be told once more. */
  private readonly known = new Map<number, number>();

  constructor(
    private readonly shell: Shell,
    private readonly rollout: Rollout,
  ) {}

  get idle(): boolean {
    return this.rounds === 0;
  }

  start(): void {
    if (!this.rollout.began.patrolled || this.scope) return;
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    this.rounds++;
    void this.walk(scope).finally(() => {
      this.rounds--;
      this.shell.stir();
    });
  }

  /** Its activity is awaited: see `idle`. */
  stop(): void {
    this.scope?.cancel();
    this.scope = undefined;
  }

  private async walk(scope: CancellationScope): Promise<void> {
    while (!scope.consideredCancelled) {
      try {
        await scope.run(() => this.look());
      } catch (error) {
        if (!(error instanceof TemporalFailure)) throw error;
        if (scope.consideredCancelled) return;
        this.shell.note({ type: 'activity_failed', reason: `the patrol failed: ${reasonOf(error)}` });
        await scope
          .run(() => sleep(PAUSE_AFTER_FAILURE_MS, { summary: 'the patrol failed, tried again' }))
          .catch(() => {});
      }
    }
  }

  private async look(): Promise<void> {
    const { began, state } = this.rollout;
    const known = [...this.known].map(([ordinal, round]) => ({ ordinal, round }));
    const degraded = await watch.patrol.executeWithOptions({ summary: 'keeps an eye on the good ones' }, [
      { generation: began.generation, ...(known.length > 0 && { known }) },
    ]);
    this.shell.feed({ kind: 'degraded', degraded });
    for (const { ordinal, round } of degraded) {
      // The end of its change may be recorded and not be told yet: then the finding came too early, and is to come again.
      if (phaseOf(state, ordinal) !== 'changing') this.known.set(ordinal, round);
    }
  }
}
