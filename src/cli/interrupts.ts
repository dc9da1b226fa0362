interface Waiter {
  nth: number;
  resolve: () => void;
}

/** Ctrl-C and SIGTERM, as something that can be waited for. */
export class Interrupts {
  private count = 0;
  private waiting: Waiter[] = [];

  /** @param unheard what happens to one that nobody waits for */
  constructor(private readonly unheard: () => void = () => {}) {}

  /** How many came so far. */
  get seen(): number {
    return this.count;
  }

  /** Resolves when the nth one comes, or at once if it has come. */
  reached(nth: number): Promise<void> {
    return this.waitFor(nth).promise;
  }

  /** Runs something that the next one interrupts: `interrupted` resolves when it comes. */
  async during<T>(run: (interrupted: Promise<void>) => Promise<T>): Promise<T> {
    const { promise, waiter } = this.waitFor(this.count + 1);
    try {
      return await run(promise);
    } finally {
      this.waiting = this.waiting.filter((each) => each !== waiter);
    }
  }

  /** One has come. */
  readonly raise = (): void => {
    this.count++;
    if (this.waiting.length === 0) return this.unheard();
    const due = this.waiting.filter((each) => each.nth <= this.count);
    this.waiting = this.waiting.filter((each) => each.nth > this.count);
    for (const each of due) each.resolve();
  };

  /** Catches the signals of this process from now on. */
  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.raise);
  }

  private waitFor(nth: number): { promise: Promise<void>; waiter?: Waiter } {
    if (this.count >= nth) return { promise: Promise.resolve() };
    let resolve = () => {};
    const promise = new Promise<void>((settle) => (resolve = settle));
    const waiter = { nth, resolve };
    this.waiting.push(waiter);
    return { promise, waiter };
  }
}
