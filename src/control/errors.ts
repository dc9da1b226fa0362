/** Understood, and not done: a conflict, an unknown deployment, a message that doesn't fit. */
export class Refused extends Error {
  override readonly name: string = 'Refused';

  /** @param holder the deployment that stands in the way, where one does */
  constructor(
    message: string,
    readonly hints: string[] = [],
    readonly holder?: string,
  ) {
    super(message);
  }
}

/** There is nothing of that name. */
export class NotFound extends Refused {
  override readonly name = 'NotFound';
}

/** A server that is needed doesn't answer; `check` lists what a person can look at. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(
    message: string,
    readonly check: string[] = [],
  ) {
    super(message);
  }
}
