/** Ctrl-C and SIGTERM, as something that can be waited for. */
export class Interrupts {
  private count = 0;
  private waiting: { nth: number; resolve: () => void }[] = [];

  /** How many came so far. */
  get seen(): number {
    return this.count;
  }

  /** Resolves when the nth one comes, or at once if it has come. */
  reached(nth: number): Promise<void> {
    if (this.count >= nth) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ nth, resolve }));
  }

  /** One has come. */
  readonly raise = (): void => {
    this.count++;
    const due = this.waiting.filter((each) => each.nth <= this.count);
    this.waiting = this.waiting.filter((each) => each.nth > this.count);
    for (const each of due) each.resolve();
  };

  /** Catches the signals of this process from now on: nothing ends it but its own code. */
  listen(): () => void {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, this.raise);
    return () => {
      for (const signal of signals) process.removeListener(signal, this.raise);
    };
  }
}
