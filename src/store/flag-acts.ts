import { sql, type Transaction } from 'kysely';
import type { FlagAct } from './deployed-flag-types';
import { lockAlone } from './flags';
import { first, type Db } from './rows';

export type Tx = Transaction<unknown>;

/** The deployment that an act is of. */
export interface FlagActor {
  generation: number;
  environment: string;
  /** `environment/service/generation` */
  id: string;
  by: string;
  ended: boolean;
  /** Whose flags it puts back: its own, or those of the deployment that it undoes. */
  source: number;
}

/** The first time counts, and later ones are answered as it was. */
export async function once(
  db: Db,
  { generation, number }: FlagAct,
  work: (tx: Tx, actor: FlagActor) => Promise<string[]>,
): Promise<string | undefined> {
  return db.transaction().execute(async (tx) => {
    await lockAlone(tx);
    const { rows } = await sql<{ number: number; fault: string | null }>`
      select number, fault from flag_acts where generation = ${generation} and number >= ${number}
      order by number`.execute(tx);
    const [done] = rows;
    if (done?.number === number) return done.fault ?? undefined;
    const actor = await actorOf(tx, generation);
    // A worker that stood still comes back: what it was to do isn't wanted any more.
    if (actor.ended) return `${actor.id} has ended: it sets no flag any more`;
    if (done !== undefined) return `${actor.id} has gone on since: this came too late, and changed no flag`;
    const fault = (await work(tx, actor)).join('; ') || null;
    await sql`insert into flag_acts (generation, number, fault) values (${generation}, ${number}, ${fault})`.execute(
      tx,
    );
    return fault ?? undefined;
  });
}

async function actorOf(tx: Tx, generation: number): Promise<FlagActor> {
  const row = await first(
    // Its end waits until this is done.
    sql<Omit<FlagActor, 'source'> & { kind: string; undoes: number | null }>`
      select d.generation, d.environment, d.environment || '/' || d.service || '/' || d.generation as id,
        r.actor as by, d.ended_at is not null as ended, r.kind, d.rollback_of as undoes
      from deployments d join requests r on r.id = d.request_id where d.generation = ${generation} for share of d`,
    tx,
  );
  if (row === undefined) throw new Error(`There is no deployment ${generation}`);
  const { kind, undoes, ...actor } = row;
  return { ...actor, source: kind === 'rollback' && undoes !== null ? await undone(tx, undoes) : generation };
}

/** Whose flags a rollback of that deployment puts back: to undo a rollback is to do it again. */
export async function undone(tx: Tx, generation: number): Promise<number> {
  const row = await first(
    sql<{ undoes: number }>`
      select d.rollback_of as undoes from deployments d join requests r on r.id = d.request_id
      where d.generation = ${generation} and r.kind = 'rollback' and d.rollback_of < d.generation`,
    tx,
  );
  return row === undefined ? generation : undone(tx, row.undoes);
}
