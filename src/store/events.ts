import { sql } from 'kysely';
import { present, type Db } from './rows';
import type { ControlStore, EventRow } from './types';
import type { WorkStore } from './work-store';

interface Row {
  id: number;
  at: Date;
  generation: number | null;
  service: string | null;
  environment: string | null;
  instance: string | null;
  flag: string | null;
  type: string;
  by: string | null;
  reason: string | null;
}

/** Writes one line; one with a sequence only once. */
export async function insertEvent(db: Db, event: Omit<EventRow, 'id' | 'at'>, sequence?: number): Promise<void> {
  await sql`
    insert into events (generation, sequence, service, environment, instance, flag, type, by, reason)
    values (${event.generation ?? null}, ${sequence ?? null}, ${event.service ?? null}, ${event.environment ?? null},
      ${event.instance ?? null}, ${event.flag ?? null}, ${event.type}, ${event.by ?? null}, ${event.reason ?? null})
    on conflict (generation, sequence) do nothing`.execute(db);
}

/** The event log: who, what, when, why. */
export function eventsIn(db: Db) {
  return {
    async appendEvent(event) {
      await insertEvent(db, event);
    },

    async appendEventOnce(event, sequence) {
      await insertEvent(db, event, sequence);
    },

    /** Oldest first; with a limit, the last ones. */
    async events({ generation = null, after = 0, limit = null }) {
      const { rows } = await sql<Row>`
        select e.id, e.at, e.generation, coalesce(e.service, d.service) as service,
          coalesce(e.environment, d.environment) as environment, e.instance, e.flag, e.type, e.by, e.reason
        from events e left join deployments d using (generation)
        where (${generation}::bigint is null or e.generation = ${generation}) and e.id > ${after}
        order by e.id desc limit ${limit}`.execute(db);
      return rows.reverse().map((row): EventRow => present(row));
    },
  } satisfies Partial<ControlStore & WorkStore>;
}
