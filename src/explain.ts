import { Unreachable } from './control/errors';
import { noAnswer, temporalUnreachable } from './control/temporal';
import { StoreTooNew, StoreUnreachable } from './store';

/** What is a server's fault, in the words for that; any other error as it is. */
export function explain(error: unknown): unknown {
  if (error instanceof StoreUnreachable) return new Unreachable(error.message, error.check);
  if (error instanceof StoreTooNew) return new Unreachable(error.message);
  return noAnswer(error)?.kind === 'unreachable' ? temporalUnreachable(error) : error;
}
