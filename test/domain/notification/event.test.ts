import {
  isWanted,
  notificationEvent,
  NOTIFICATION_EVENTS,
  USUAL_EVENTS,
  type NotificationFilter,
} from '../../../src/domain/notification/event';
import { TERMINAL_STATUSES, type Status } from '../../../src/domain';

it.each<[string, Status | undefined, string | undefined]>([
  ['started', 'running', 'started'],
  ['approval_requested', 'awaiting_approval', 'awaiting_approval'],
  ['paused', 'running', 'paused'],
  ['resume', 'running', 'resumed'],
  ['ended', 'rolled_back', 'rolled_back'],
  ['ended', undefined, undefined],
  ['repair_given_up', undefined, 'repair_failed'],
  ['frozen', undefined, 'frozen'],
  // What people ask for isn't yet what becomes of it.
  ['pause', 'running', undefined],
  ['rollback', 'running', undefined],
  ['batch_done', 'running', undefined],
  ['notifications_given_up', undefined, undefined],
])('the line %s of one that is %s is %s', (type, status, event) => {
  expect(notificationEvent(type, status)).toBe(event);
});

it('has an event for every end, which is told without being asked for', () => {
  for (const status of TERMINAL_STATUSES) expect(USUAL_EVENTS).toContain(notificationEvent('ended', status));
});

const all: NotificationFilter = { events: [...NOTIFICATION_EVENTS] };
const production = { ...all, environments: ['production'] };
const web = { ...production, services: ['web'] };

it.each<[NotificationFilter, (typeof NOTIFICATION_EVENTS)[number] | undefined, object, boolean]>([
  [all, 'failed', { environment: 'test', service: 'web' }, true],
  [all, undefined, {}, false],
  [{ events: ['failed'] }, 'started', {}, false],
  [production, 'failed', { environment: 'production', service: 'jobs' }, true],
  [production, 'failed', { environment: 'staging', service: 'web' }, false],
  [web, 'failed', { environment: 'production', service: 'jobs' }, false],
  [web, 'failed', { environment: 'production', service: 'web' }, true],
  // A freeze of everything, or of all services there, is this one's, too.
  [web, 'frozen', {}, true],
  [web, 'unfrozen', { environment: 'production' }, true],
  [web, 'frozen', { environment: 'staging' }, false],
  [production, 'instance_silent', {}, false],
  [all, 'instance_silent', {}, true],
])('%j and %s of %j: %s', (filter, event, of, wanted) => {
  expect(isWanted(filter, event, of)).toBe(wanted);
});
