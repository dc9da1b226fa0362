import { artifactUsesIn } from './artifact-uses';
import type { Health, Instance, Versions } from '../domain';
import type { AgentReport } from '../domain/agent';
import type { FreezeScope } from '../domain/freeze';
import { earlierIn, type Earlier } from './earlier';
import { insertEvent } from './events';
import { flagsIn } from './flags';
import { freezesIn } from './freezes';
import { heartbeatsIn } from './heartbeats';
import { instancesIn } from './instances';
import { inventoryIn } from './inventory';
import { isMigrated } from './migrate';
import { connect } from './open';
import type { Db } from './rows';
import type { EventRow, FreezeRow } from './types';

/** What Belay last recorded of these instances of a fleet. */
export function peekRecorded(
  databaseUrl: string,
  fleet: string,
  names: string[],
): Promise<Map<string, { versions?: Versions; health: Health }>> {
  const nothing = new Map<string, { versions?: Versions; health: Health }>();
  return peek(databaseUrl, nothing, (db) => instancesIn(db).recorded(fleet, names));
}

/** The instances in the inventory that carry all of these labels; undefined where there is no inventory. */
export function peekMatching(databaseUrl: string, labels: Record<string, string>): Promise<Instance[] | undefined> {
  return peek<Instance[] | undefined>(databaseUrl, undefined, (db) => inventoryIn(db).matching(labels));
}

/** What these instances told about themselves. */
export function peekAgentReports(databaseUrl: string, names: string[]): Promise<Map<string, AgentReport>> {
  return peek(databaseUrl, new Map<string, AgentReport>(), (db) => heartbeatsIn(db).agentReports(names));
}

/** Who still needs an artifact, in words. */
export function peekArtifactUses(databaseUrl: string, digest: string): Promise<string[]> {
  return peek(databaseUrl, [], (db) => artifactUsesIn(db, digest));
}

/** Adds a line to the event log, where there is one. */
export function noteEvent(databaseUrl: string, event: Omit<EventRow, 'id' | 'at'>): Promise<void> {
  return peek(databaseUrl, undefined, (db) => insertEvent(db, event));
}

/** Keys of the flags of an environment; undefined where there is nothing to look them up in. */
export function peekFlags(databaseUrl: string, environment: string): Promise<string[] | undefined> {
  return peek<string[] | undefined>(databaseUrl, undefined, async (db) =>
    (await flagsIn(db).flags({ environments: [environment] })).map(({ key }) => key),
  );
}

/** The freezes in force that have something in common with a scope. */
export function peekFreezes(databaseUrl: string, scope: FreezeScope): Promise<FreezeRow[]> {
  return peek(databaseUrl, [], (db) => freezesIn(db).freezesInForce(scope));
}

/** What is known of a service before it is deployed again by a driver of that kind. */
export function peekEarlier(
  databaseUrl: string,
  service: { environment: string; service: string },
  driver: string,
): Promise<Earlier> {
  return peek(databaseUrl, {}, (db) => earlierIn(db).earlier(service, driver));
}

/**
 * For those who only look, or leave a line: a database that has none of Belay's tables stays as it is.
 * @throws StoreUnreachable within 5 seconds, when there is no way in
 */
async function peek<T>(databaseUrl: string, nothing: T, look: (db: Db) => Promise<T>): Promise<T> {
  const db = connect(databaseUrl, 1);
  try {
    return (await isMigrated(db)) ? await look(db) : nothing;
  } finally {
    await db.destroy();
  }
}
