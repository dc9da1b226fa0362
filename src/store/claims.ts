import { sql, type Transaction } from 'kysely';
import type { Db } from './rows';
import type { ClaimHolder, WorkStore } from './work';

/** An instance that another deployment has. */
interface Held {
  name: string;
  holder: ClaimHolder;
}

/** Undoes a claim of all: some are held. */
class SomeHeld extends Error {
  constructor(readonly held: Held[]) {
    super('some instances are held');
  }
}

const TRIES = 20;

/** No instance is in two deployments: one row per instance that is in any. */
export function claimsIn(db: Db) {
  return {
    async claim(generation, fleet, names, mode) {
      try {
        return await db.transaction().execute(async (tx) => {
          const held = await take(tx, generation, fleet, names);
          if (mode === 'all' && held.length > 0) throw new SomeHeld(held);
          return held;
        });
      } catch (error) {
        if (error instanceof SomeHeld) return error.held;
        throw error;
      }
    },

    async abandon(generation) {
      await db.transaction().execute((tx) => forgetBegin(tx, generation));
    },
  } satisfies Partial<WorkStore>;
}

/** Everybody takes rows in the order of names, so nobody waits for somebody who waits for them. */
async function take(tx: Transaction<unknown>, generation: number, fleet: string, names: string[]): Promise<Held[]> {
  const wanted = [...new Set(names)];
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    await sql`
      insert into claims (fleet, name, generation)
      select ${fleet}, name, ${generation} from unnest(${wanted}::text[]) as name order by name collate "C"
      on conflict (fleet, name) do nothing`.execute(tx);
    const { rows } = await sql<ClaimHolder & { name: string; mine: boolean }>`
      select c.name, c.generation = ${generation} as mine, c.generation, d.workflow_id as "workflowId",
        d.run_id as "runId", d.environment || '/' || d.service || '/' || d.generation as id
      from claims c join draws d on d.generation = c.generation
      where c.fleet = ${fleet} and c.name = any(${wanted})
      order by c.name`.execute(tx);
    // Fewer: somebody released one between the two statements.
    if (rows.length === wanted.length) {
      return rows.filter((row) => !row.mine).map(({ name, mine: _, ...holder }) => ({ name, holder }));
    }
  }
  throw new Error(`The claims of ${fleet} change too fast`);
}

/** A begin that came to nothing: what it had taken. The snapshots of a deployment that is there stay. */
export async function forgetBegin(db: Db, generation: number): Promise<void> {
  await releaseClaims(db, generation);
  await sql`
    delete from snapshots s where generation = ${generation}
      and not exists (select from deployments d where d.generation = s.generation)`.execute(db);
}

export async function releaseClaims(db: Db, generation: number): Promise<void> {
  await sql`delete from claims where generation = ${generation}`.execute(db);
}
