import type { Health, Versions } from '../domain';
import { instancesIn } from './instances';
import { isMigrated } from './migrate';
import { connect } from './open';

/**
 * What Belay last recorded of these instances of a fleet, for those who only look: a database that has none of
 * Belay's tables stays as it is.
 * @throws StoreUnreachable within 5 seconds, when there is no way in
 */
export async function peekRecorded(
  databaseUrl: string,
  fleet: string,
  names: string[],
): Promise<Map<string, { versions?: Versions; health: Health }>> {
  const db = connect(databaseUrl, 1);
  try {
    return (await isMigrated(db)) ? await instancesIn(db).recorded(fleet, names) : new Map();
  } finally {
    await db.destroy();
  }
}
