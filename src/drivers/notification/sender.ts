import type { NotificationMessage } from '../../domain/notification/message';

/** Tells somebody what happened. */
export interface Sender {
  /** Answers with why it wasn't taken. An aborted `signal` throws its reason. */
  send(message: NotificationMessage, signal: AbortSignal): Promise<string | undefined>;
}
