/** How much of its time a rollout has used up: the deadline stands still now and then. */
export class Deadline {
  /** Whether the time counts now. */
  counting = false;
  private countedMs = 0;

  /** @param deadlineMs null: it has all the time there is */
  constructor(
    private readonly deadlineMs: number | null,
    private lastNow: number,
  ) {}

  /** Whether it has passed, and binds. */
  get over(): boolean {
    return this.counting && this.deadlineMs !== null && this.countedMs >= this.deadlineMs;
  }

  /** When it passes if the time goes on counting; undefined: not by itself. */
  at(now: number): number | undefined {
    if (this.deadlineMs === null || !this.counting) return undefined;
    return now + Math.max(0, this.deadlineMs - this.countedMs);
  }

  passTo(now: number): void {
    if (this.counting) this.countedMs += now - this.lastNow;
    this.lastNow = now;
  }
}
