import type { NotificationFilter } from './event';

/** Who is told, as belay.yaml says it: addresses may name variables, secrets always do. */
export type NotificationTarget = NotificationFilter & {
  /** Tells it from all others, for ever. */
  key: string;
  /** Where it stands in the file, and its name if it has one: `notifications[0] (ops)`. */
  place: string;
  /** May hold `${env:NAME}`. */
  url: string;
  timeoutMs: number;
} & ({ kind: 'webhook'; secretEnv: string } | { kind: 'slack' });
