/** A result that is awaited before it is known how it comes about. */
export class Pending<T> {
  resolve!: (result: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => Object.assign(this, { resolve, reject }));

  constructor() {
    // Whoever awaits it later hears of it.
    this.promise.catch(() => undefined);
  }
}
