import { ActivityCancellationType, ActivityFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/types';

// An activity ends in a value or goes on being tried: how often a driver's answer counts is the activity's own business.
const retry = { initialInterval: '1s', maximumInterval: '30s', backoffCoefficient: 2 };

type Long =
  | 'begin'
  | 'measure'
  | 'shiftTraffic'
  | 'runHook'
  | 'setFlags'
  | 'readCalendar'
  | 'changeInstance'
  | 'restoreInstance'
  | 'driveInstances'
  | 'takeStock';

// Every one heartbeats every 3 s: a lost worker is noticed soon, whatever it was doing.

/** They bound themselves. */
export const long = proxyActivities<Pick<Activities, Long>>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '15s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry,
});

/** It only looks, so nobody waits for its end. */
export const watch = proxyActivities<Pick<Activities, 'patrol' | 'guardTraffic'>>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '15s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry,
});

/** Reads and writes of the database. */
export const short = proxyActivities<Omit<Activities, Long | 'patrol' | 'guardTraffic'>>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  retry,
});

/** Why an activity failed for good, in its own words. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof Error && cause.message !== '' ? cause.message : 'no reason was given';
}
