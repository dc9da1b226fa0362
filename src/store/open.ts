import { Kysely, PostgresDialect } from 'kysely';
import type { SimulatedWorld } from '../drivers/target/world';
import { actsIn, type ActStore } from './acts';
import { answersIn, type AnswerStore } from './answers';
import { artifactUsesIn } from './artifact-uses';
import { attemptsIn } from './attempts';
import { claimsIn } from './claims';
import type { DeployedFlagStore } from './deployed-flag-types';
import { deployedFlagsIn } from './deployed-flags';
import { deploymentsIn } from './deployments';
import { earlierIn, type Earlier } from './earlier';
import { eventsIn } from './events';
import { exclusivelyIn } from './exclusive';
import type { FlagStore } from './flag-types';
import { flagStepsIn, type FlagStepStore } from './flag-steps';
import { flagsIn } from './flags';
import { figuresIn, type Figures } from './figures';
import { freezesIn } from './freezes';
import { generationsIn } from './generations';
import { hookRunsIn, type HookRunStore } from './hook-runs';
import { hearingIn } from './hearing';
import { heartbeatsIn } from './heartbeats';
import { instancesIn } from './instances';
import { inventoryIn } from './inventory';
import type { InventoryStore } from './inventory-types';
import { lastAttemptsIn } from './last-attempts';
import { lifecycleIn } from './lifecycle';
import { looksIn, type LookStore } from './looks';
import { measurementsIn, type MeasurementStore } from './measurements';
import { membershipIn } from './membership';
import { membersIn } from './members';
import { migrateWith } from './migrate';
import { notificationsIn, type NotificationStore } from './notifications';
import { outcomesIn } from './outcomes';
import { createPool } from './pool';
import { reconcileIn } from './reconcile';
import { reconcileNotesIn } from './reconcile-notes';
import type { ReconcileStore } from './reconcile-types';
import { requestsIn } from './requests';
import { retentionIn, type Retention } from './retention';
import { shiftsIn, type ShiftStore } from './shifts';
import { simulatedWorldIn } from './simulated';
import { snapshotsIn } from './snapshots';
import type { TokenStore } from './token-types';
import { tokensIn } from './tokens';
import type { ControlStore } from './types';
import type { WorkStore } from './work-store';

/** Everything that Belay remembers. */
export interface Store
  extends
    ControlStore,
    WorkStore,
    InventoryStore,
    TokenStore,
    AnswerStore,
    ReconcileStore,
    LookStore,
    FlagStore,
    DeployedFlagStore,
    FlagStepStore,
    MeasurementStore,
    ActStore,
    HookRunStore,
    ShiftStore,
    NotificationStore {
  /** An instance reports this generation: all that are drawn from now on are higher. False: it is too high to be true, or says so too often. */
  raiseGeneration(atLeast: number, instance: string): Promise<boolean>;
  /** The highest that was drawn so far. */
  highestGeneration(): Promise<number>;
  /** Deletes some of the requests that never began, after 30 days, and answers with how many. */
  forgetRefused(most?: number): Promise<number>;
  /** Deletes what is older than it is to be kept, and answers with how much of what. */
  forgetOld(retention: Retention, most?: number): Promise<Record<keyof Retention, number>>;
  /** How much there is of what. */
  figures(): Promise<Figures>;
  /** What is known of a service before it is deployed again by a driver of that kind. */
  earlier(service: { environment: string; service: string }, driver: string): Promise<Earlier>;
  /** Where simulated instances keep what they are like. */
  readonly simulated: SimulatedWorld;
}

const CONNECTIONS = 10;
const LOCK_CONNECTIONS = 8;

/**
 * Opens the store in a PostgreSQL database and brings the database up to date.
 * @param options.max how many connections it may take; further work waits for a free one
 * @throws StoreUnreachable within 5 seconds, when there is no way in
 */
export async function openStore(databaseUrl: string, { max = CONNECTIONS } = {}): Promise<Store> {
  const db = connect(databaseUrl, max);
  const locks = connect(databaseUrl, LOCK_CONNECTIONS);
  const close = async () => {
    await Promise.all([db.destroy(), locks.destroy()]);
  };
  try {
    await migrateWith(db);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...requestsIn(db),
    ...generationsIn(db),
    ...claimsIn(db),
    ...snapshotsIn(db),
    ...lifecycleIn(db),
    ...deploymentsIn(db),
    ...membersIn(db),
    ...membershipIn(db),
    ...attemptsIn(db),
    ...lastAttemptsIn(db),
    ...outcomesIn(db),
    ...instancesIn(db),
    ...inventoryIn(db),
    ...hearingIn(db),
    ...heartbeatsIn(db),
    ...eventsIn(db),
    ...freezesIn(db),
    ...flagsIn(db),
    ...deployedFlagsIn(db),
    ...flagStepsIn(db),
    ...looksIn(db),
    ...measurementsIn(db),
    ...actsIn(db),
    ...hookRunsIn(db),
    ...shiftsIn(db),
    ...notificationsIn(db),
    ...reconcileIn(db),
    ...reconcileNotesIn(db),
    ...tokensIn(db),
    ...answersIn(db),
    ...earlierIn(db),
    ...retentionIn(db),
    ...figuresIn(db),
    artifactUses: (digest) => artifactUsesIn(db, digest),
    exclusively: exclusivelyIn(locks),
    simulated: simulatedWorldIn(db),
    close,
  };
}

/** Opens connections, and makes none before the first question. */
export function connect(databaseUrl: string, max: number): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool: createPool(databaseUrl, max) }) });
}
