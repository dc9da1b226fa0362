import { sql, type RawBuilder, type Transaction } from 'kysely';
import { scopeText, type FreezeEnd, type FreezeScope } from '../domain/freeze';
import { insertEvent } from './events';
import { first, present, type Db } from './rows';
import type { ControlStore, FreezeOrder, FreezeRow } from './types';

interface Row {
  id: number;
  environment: string | null;
  service: string | null;
  by: string;
  reason: string;
  since: Date;
  until: Date | null;
  lifted_at: Date | null;
  lifted_by: string | null;
  lifted_reason: string | null;
  in_force: boolean;
}

/** The database's clock alone says whether a freeze is over: workers and people have clocks of their own. */
const IN_FORCE = sql.raw('(lifted_at is null and (until is null or until > clock_timestamp()))');
const COLUMNS = sql`id, environment, service, by, reason, since, until, lifted_at, lifted_by, lifted_reason,
  ${IN_FORCE} as in_force`;

/** What must not be deployed to. Placing and lifting are one at a time, and none of them while a deployment begins. */
export function freezesIn(db: Db) {
  return {
    async freeze(order) {
      return db.transaction().execute(async (tx) => {
        await lockAlone(tx);
        const now = await clock(tx);
        const until = endOf(order.until, now);
        if (until !== undefined && until <= now) return { kind: 'past', now };
        const there = await ofVeryScope(tx, order.scope);
        const inFlight = await inFlightWithin(tx, order.scope);
        if (there !== undefined && isSame(there, order, until)) return { kind: 'same', freeze: there, inFlight };
        if (there !== undefined && !order.replace) return { kind: 'taken', freeze: there };
        if (there !== undefined) await lift(tx, there, order.by, `replaced: ${order.reason}`);
        const freeze = await place(tx, order, until);
        return { kind: 'frozen', freeze, inFlight, ...(there === undefined ? {} : { replaced: there }) };
      });
    },

    async unfreeze({ scope, by, reason }) {
      return db.transaction().execute(async (tx) => {
        await lockAlone(tx);
        const there = await ofVeryScope(tx, scope);
        return there && lift(tx, there, by, reason);
      });
    },

    freezesInForce: (scope) => inForce(db, scope),

    async freezes({ environment, service, limit = null }) {
      const scope = present({ environment, service });
      const { rows } = await sql<Row>`
        select ${COLUMNS} from freezes where ${overlaps(scope)} order by id desc limit ${limit}`.execute(db);
      return rows.map(freezeOf);
    },
  } satisfies Partial<ControlStore>;
}

/** What a beginning deployment meets. */
export interface Met {
  /** That stand in its way. */
  forbidding: FreezeRow[];
  /** That it goes past, and for what reason. */
  overridden?: { by: string; reason: string; freezes: FreezeRow[] };
}

/**
 * The freezes that a request meets, none of which is placed or lifted before the transaction has ended: what isn't
 * refused is in flight for whoever freezes next. A rollback meets none.
 */
export async function freezesMet(tx: Transaction<unknown>, requestId: string): Promise<Met> {
  await sql`select pg_advisory_xact_lock_shared(${LOCK})`.execute(tx);
  const request = await first(
    sql<{ kind: string; environment: string; service: string; actor: string; reason: string | null }>`
      select kind, spec ->> 'environment' as environment, spec ->> 'service' as service, actor,
        override_freeze as reason
      from requests where id = ${requestId}`,
    tx,
  );
  if (request === undefined || request.kind === 'rollback') return { forbidding: [] };
  const { environment, service, actor: by, reason } = request;
  const met = await inForce(tx, { environment, service });
  if (reason === null || met.length === 0) return { forbidding: met };
  return { forbidding: [], overridden: { by, reason, freezes: met } };
}

const LOCK = sql`hashtextextended('belay freezes', 0)`;

async function lockAlone(tx: Transaction<unknown>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx);
}

async function clock(tx: Transaction<unknown>): Promise<Date> {
  const row = await first(sql<{ now: Date }>`select clock_timestamp() as now`, tx);
  return row!.now;
}

function endOf(end: FreezeEnd | undefined, now: Date): Date | undefined {
  switch (end?.kind) {
    case undefined:
      return undefined;
    case 'after':
      return new Date(now.getTime() + end.ms);
    case 'at':
      return end.at;
  }
}

/** The one in force of this scope and no other. */
async function ofVeryScope(tx: Transaction<unknown>, scope: FreezeScope): Promise<FreezeRow | undefined> {
  const row = await first(
    sql<Row>`
      select ${COLUMNS} from freezes
      where ${IN_FORCE} and environment is not distinct from ${scope.environment ?? null}
        and service is not distinct from ${scope.service ?? null}`,
    tx,
  );
  return row && freezeOf(row);
}

function isSame(there: FreezeRow, { by, reason }: FreezeOrder, until: Date | undefined): boolean {
  return there.by === by && there.reason === reason && there.until?.getTime() === until?.getTime();
}

async function place(
  tx: Transaction<unknown>,
  { scope, by, reason }: FreezeOrder,
  until: Date | undefined,
): Promise<FreezeRow> {
  const row = await first(
    sql<Row>`
      insert into freezes (environment, service, by, reason, until)
      values (${scope.environment ?? null}, ${scope.service ?? null}, ${by}, ${reason}, ${until ?? null})
      returning ${COLUMNS}`,
    tx,
  );
  const words = until === undefined ? reason : `${reason} (until ${until.toISOString()})`;
  await insertEvent(tx, { ...scope, type: 'frozen', by, reason: `${scopeText(scope)}: ${words}` });
  return freezeOf(row!);
}

async function lift(
  tx: Transaction<unknown>,
  { id, scope }: FreezeRow,
  by: string,
  reason: string | undefined,
): Promise<FreezeRow> {
  const row = await first(
    sql<Row>`
      update freezes set lifted_at = clock_timestamp(), lifted_by = ${by}, lifted_reason = ${reason ?? null}
      where id = ${id} returning ${COLUMNS}`,
    tx,
  );
  const words = reason === undefined ? scopeText(scope) : `${scopeText(scope)}: ${reason}`;
  await insertEvent(tx, { ...scope, type: 'unfrozen', by, reason: words });
  return freezeOf(row!);
}

async function inForce(db: Db, scope: FreezeScope): Promise<FreezeRow[]> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from freezes where ${IN_FORCE} and ${overlaps(scope)} order by id`.execute(db);
  return rows.map(freezeOf);
}

async function inFlightWithin(tx: Transaction<unknown>, { environment, service }: FreezeScope): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select environment || '/' || service || '/' || generation as id from deployments
    where ended_at is null and environment = coalesce(${environment ?? null}, environment)
      and service = coalesce(${service ?? null}, service)
    order by generation`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Whether a freeze and a scope have something in common. */
function overlaps({ environment = undefined, service = undefined }: FreezeScope): RawBuilder<boolean> {
  return sql<boolean>`(environment is null or environment = coalesce(${environment ?? null}, environment))
    and (service is null or service = coalesce(${service ?? null}, service))`;
}

function freezeOf(row: Row): FreezeRow {
  const { id, environment, service, by, reason, since, until, in_force: isInForce } = row;
  const { lifted_at: at, lifted_by, lifted_reason } = row;
  const lifted = at === null ? undefined : present({ at, by: lifted_by ?? '', reason: lifted_reason });
  return present({ id, scope: present({ environment, service }), by, reason, since, until, isInForce, lifted });
}
