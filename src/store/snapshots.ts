import { sql } from 'kysely';
import type { Health } from '../domain';
import { lockBegin } from './claims';
import { columnsOf, first, present, versionsIn, type Db, type VersionColumns } from './rows';
import type { TakenSnapshot } from './work-member';
import type { WorkStore } from './work-store';

interface Row extends VersionColumns {
  ordinal: number;
  health: Health;
  excluded: boolean;
  unreachable: boolean;
}

function takenOf(row: Row): TakenSnapshot {
  const snapshot = present({ versions: versionsIn(row), health: row.health });
  return { ordinal: row.ordinal, snapshot, excluded: row.excluded, unreachable: row.unreachable };
}

/** What instances ran before the first touch. The database itself refuses to change it. */
export function snapshotsIn(db: Db) {
  return {
    async takeSnapshot(generation, taken) {
      return db.transaction().execute(async (tx) => {
        // Whoever comes second waits here, and then finds the first one's.
        await lockBegin(tx, generation);
        const stored = await readSnapshot(tx, generation);
        if (stored.length > 0) return stored;
        await insertSnapshots(tx, generation, taken);
        return [...taken].sort((a, b) => a.ordinal - b.ordinal);
      });
    },

    takenSnapshot: (generation) => readSnapshot(db, generation),

    async snapshotFileWriter(path) {
      const row = await first(
        sql<{ generation: number }>`
          select generation from deployments where snapshot_file = ${path} order by generation desc limit 1`,
        db,
      );
      return row?.generation;
    },
  } satisfies Partial<WorkStore>;
}

async function readSnapshot(db: Db, generation: number): Promise<TakenSnapshot[]> {
  const { rows } = await sql<Row>`
    select * from snapshots where generation = ${generation} order by ordinal`.execute(db);
  return rows.map(takenOf);
}

export async function insertSnapshots(db: Db, generation: number, taken: TakenSnapshot[]): Promise<void> {
  const rows = taken.map(({ ordinal, snapshot, excluded, unreachable }) => {
    return { ordinal, ...columnsOf(snapshot.versions), health: snapshot.health, excluded, unreachable };
  });
  await sql`
    insert into snapshots (generation, ordinal, code_version, configuration_version, artifact, health, excluded,
      unreachable)
    select ${generation}, taken.* from json_to_recordset(${JSON.stringify(rows)})
      as taken(ordinal int, code_version text, configuration_version text, artifact text, health smallint,
        excluded boolean, unreachable boolean)`.execute(db);
}
