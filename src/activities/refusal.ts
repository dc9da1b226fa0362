import type { Refused } from './types';

/** A deployment that must not begin; nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    /** The deployment that stands in the way. */
    readonly holder?: string,
  ) {
    super(message);
  }

  get answer(): Refused {
    return { kind: 'refused', message: this.message, ...(this.holder === undefined ? {} : { holder: this.holder }) };
  }
}
