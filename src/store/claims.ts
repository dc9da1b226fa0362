import { sql, type Transaction } from 'kysely';
import type { Db } from './rows';
import type { ClaimHolder, WorkStore } from './work-store';

/** An instance that another deployment has. */
interface Held {
  name: string;
  holder: ClaimHolder;
}

/** Undoes a claim; `held` is the answer, or there is none and it is tried again. */
class Undo extends Error {
  constructor(readonly held: Held[] | undefined) {
    super('undone');
  }
}

const TRIES = 50;

/** No instance is in two deployments: one row per instance that is in any. */
export function claimsIn(db: Db) {
  return {
    async claim(generation, fleet, names, mode) {
      const wanted = [...new Set(names)];
      for (let tries = 1; tries <= TRIES; tries++) {
        const held = await takeOrUndo(db, (tx) => take(tx, generation, fleet, wanted), mode);
        if (held !== undefined) return held;
      }
      throw new Error(`The claims of ${fleet} change too fast`);
    },

    async abandon(generation) {
      await db.transaction().execute((tx) => forgetBegin(tx, generation));
    },
  } satisfies Partial<WorkStore>;
}

async function takeOrUndo(
  db: Db,
  work: (tx: Transaction<unknown>) => Promise<Held[] | undefined>,
  mode: 'all' | 'free',
): Promise<Held[] | undefined> {
  try {
    return await db.transaction().execute(async (tx) => {
      const held = await work(tx);
      if (held === undefined || (mode === 'all' && held.length > 0)) throw new Undo(held);
      return held;
    });
  } catch (error) {
    if (error instanceof Undo) return error.held;
    throw error;
  }
}

/**
 * Everybody takes rows in the order of names, and once per transaction, so nobody waits for somebody who waits
 * for them. Undefined: somebody released one between the two statements; holding the others, it can't be waited for.
 */
async function take(
  tx: Transaction<unknown>,
  generation: number,
  fleet: string,
  names: string[],
): Promise<Held[] | undefined> {
  await sql`
    insert into claims (fleet, name, generation)
    select ${fleet}, name, ${generation} from unnest(${names}::text[]) as name order by name collate "C"
    on conflict (fleet, name) do nothing`.execute(tx);
  const { rows } = await sql<ClaimHolder & { name: string; mine: boolean }>`
    select c.name, c.generation = ${generation} as mine, c.generation, d.workflow_id as "workflowId",
      d.run_id as "runId", d.environment || '/' || d.service || '/' || d.generation as id
    from claims c join draws d on d.generation = c.generation
    where c.fleet = ${fleet} and c.name = any(${names})
    order by c.name`.execute(tx);
  if (rows.length < names.length) return undefined;
  return rows.filter((row) => !row.mine).map(({ name, mine: _, ...holder }) => ({ name, holder }));
}

/** Gives back what a begin has taken that came to nothing. A deployment that is there keeps it. */
export async function forgetBegin(tx: Transaction<unknown>, generation: number): Promise<void> {
  await lockBegin(tx, generation);
  if (await hasBegun(tx, generation)) return;
  await releaseClaims(tx, generation);
  await sql`delete from snapshots where generation = ${generation}`.execute(tx);
}

export async function hasBegun(tx: Transaction<unknown>, generation: number): Promise<boolean> {
  const { rows } = await sql`select from deployments where generation = ${generation}`.execute(tx);
  return rows.length > 0;
}

/** One step of a generation's begin at a time: a worker may have been overtaken and not know it. */
export async function lockBegin(tx: Transaction<unknown>, generation: number): Promise<void> {
  await sql`select from draws where generation = ${generation} for no key update`.execute(tx);
}

export async function releaseClaims(db: Db, generation: number): Promise<void> {
  await sql`delete from claims where generation = ${generation}`.execute(db);
}
