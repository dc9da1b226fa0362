import type { Status } from '../status';

/** What people and programs may be told of. */
export const NOTIFICATION_EVENTS = [
  'started',
  'awaiting_approval',
  'paused',
  'resumed',
  'violation',
  'hook_failed',
  'traffic_failed',
  'feature_taken_back',
  'waits_for_calendar',
  'rolling_back',
  'succeeded',
  'completed_with_failures',
  'failed',
  'aborted',
  'cancelled',
  'rolled_back',
  'rollback_incomplete',
  'frozen',
  'unfrozen',
  'freeze_overridden',
  'drift_found',
  'drift_gone',
  'repair_failed',
  'instance_silent',
  'instance_back',
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** What is told where nobody says what: how deployments go, not what happens around them. */
export const USUAL_EVENTS = NOTIFICATION_EVENTS.slice(0, NOTIFICATION_EVENTS.indexOf('frozen'));

/** What the event log calls otherwise. */
const CALLED: Record<string, NotificationEvent> = {
  approval_requested: 'awaiting_approval',
  resume: 'resumed',
  repair_given_up: 'repair_failed',
};

/** What a line of the event log is to those who are told; undefined: nothing. */
export function notificationEvent(type: string, status: Status | undefined): NotificationEvent | undefined {
  const name = type === 'ended' ? status : (CALLED[type] ?? type);
  return NOTIFICATION_EVENTS.find((event) => event === name);
}

/** What somebody wants to be told of; absent: all. */
export interface NotificationFilter {
  events: NotificationEvent[];
  environments?: string[];
  services?: string[];
}

/** Whether somebody wants to be told. A freeze of all environments, or of all services of one, is each one's. */
export function isWanted(
  { events, environments, services }: NotificationFilter,
  event: NotificationEvent | undefined,
  of: { environment?: string; service?: string },
): boolean {
  if (event === undefined || !events.includes(event)) return false;
  const isForAll = event === 'frozen' || event === 'unfrozen';
  const within = (names: string[] | undefined, name: string | undefined) =>
    names === undefined || (name === undefined ? isForAll : names.includes(name));
  return within(environments, of.environment) && within(services, of.service);
}
