import type { Fault } from '../plant';
import { APPROVAL_FAULTS } from './approval';
import { BATCH_FAULTS } from './batch';
import { DELIVERY_FAULTS } from './delivery';
import { DELIVERY_BACK_FAULTS } from './delivery-back';
import { HEALTH_FAULTS } from './health';
import { MEMBERSHIP_FAULTS } from './membership';
import { QUEUE_FAULTS } from './queue';
import { RETRY_AND_SKIP_FAULTS } from './retry-and-skip';
import { ROLLBACK_FAULTS } from './rollback';
import { STOP_FAULTS } from './stop';
import { THRESHOLD_FAULTS } from './threshold';
import { WAIT_FAULTS } from './wait';

/** Faults that a hurried hand could put into the engine. The simulator must notice each. */
export const FAULTS: Fault[] = [
  ...THRESHOLD_FAULTS,
  ...ROLLBACK_FAULTS,
  ...STOP_FAULTS,
  ...HEALTH_FAULTS,
  ...RETRY_AND_SKIP_FAULTS,
  ...APPROVAL_FAULTS,
  ...MEMBERSHIP_FAULTS,
  ...WAIT_FAULTS,
  ...BATCH_FAULTS,
  ...QUEUE_FAULTS,
  ...DELIVERY_FAULTS,
  ...DELIVERY_BACK_FAULTS,
];
