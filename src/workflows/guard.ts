import { CancellationScope, sleep, TemporalFailure } from '@temporalio/workflow';
import { reasonOf, watch } from './activities';
import type { Shell } from './shell';

const PAUSE_AFTER_FAILURE_MS = 10_000;

/** Keeps one activity holding routers to what they were told, for as long as the engine wants it. */
export class Guard {
  private scope: CancellationScope | undefined;
  private rounds = 0;

  constructor(
    private readonly shell: Shell,
    private readonly generation: number,
  ) {}

  get idle(): boolean {
    return this.rounds === 0;
  }

  start(): void {
    if (this.scope) return;
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    this.rounds++;
    void this.stand(scope).finally(() => {
      this.rounds--;
      this.shell.stir();
    });
  }

  /** Its activity is awaited: see `idle`. */
  stop(): void {
    this.scope?.cancel();
    this.scope = undefined;
  }

  private async stand(scope: CancellationScope): Promise<void> {
    const { generation } = this;
    while (!scope.consideredCancelled) {
      try {
        await scope.run(() =>
          watch.guardTraffic.executeWithOptions({ summary: 'keeps routers as they were set' }, [{ generation }]),
        );
        return;
      } catch (error) {
        if (!(error instanceof TemporalFailure)) throw error;
        if (scope.consideredCancelled) return;
        this.shell.note({ type: 'activity_failed', reason: `routers aren't looked after: ${reasonOf(error)}` });
        await scope.run(() => sleep(PAUSE_AFTER_FAILURE_MS, { summary: 'to be tried again' })).catch(() => {});
      }
    }
  }
}
