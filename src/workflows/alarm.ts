import { CancellationScope, sleep } from '@temporalio/workflow';

const AGAIN_MS = 1000;

/** One timer at most, started anew only when its time changes: each one costs events of history. */
export class Alarm {
  private at: number | undefined;
  private scope: CancellationScope | undefined;
  private rung: number | undefined;

  constructor(private readonly ring: () => void) {}

  /** @param at ms since the epoch; undefined: no alarm */
  set(at: number | undefined, summary: string): void {
    if (at === this.at) return;
    this.scope?.cancel();
    this.scope = undefined;
    this.at = at;
    if (at !== undefined) this.start(at, summary);
  }

  private start(at: number, summary: string): void {
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    // A time that its ring didn't move on must not ring in a circle.
    const soonest = at === this.rung ? AGAIN_MS : 1;
    void scope
      .run(() => sleep(Math.max(soonest, at - Date.now()), { summary }))
      .then(
        () => {
          this.at = undefined;
          this.rung = at;
          this.ring();
        },
        () => undefined, // cancelled, for another time
      );
  }
}
