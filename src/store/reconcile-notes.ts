import { sql, type RawBuilder } from 'kysely';
import { SILENT } from './hearing';
import type { ReconcileStore } from './reconcile-types';
import { first, type Db } from './rows';

/** Writing down what reconciliation found and did: each once, however many look at the same time. */
export function reconcileNotesIn(db: Db) {
  return {
    async configureReconciliation({ mode, intervalMs }) {
      await sql`
        insert into reconciliation (mode, interval_ms) values (${mode}, ${intervalMs})
        on conflict (only_row) do update set mode = excluded.mode, interval_ms = excluded.interval_ms`.execute(db);
    },

    async takeSweep(leastMs) {
      const row = await first(
        sql`
          update reconciliation set swept_at = clock_timestamp()
          where swept_at is null or swept_at <= clock_timestamp() - make_interval(secs => ${leastMs / 1000})
          returning swept_at`,
        db,
      );
      return row !== undefined;
    },

    async tellSilence() {
      // Whoever writes down heartbeats at this moment goes first: the next sweep sees the rest.
      await sql`
        with changed as (
          select name, ${SILENT} as silent from inventory
          where deleted_at is null and told_silent <> ${SILENT} for no key update skip locked
        ), told as (
          update inventory i set told_silent = changed.silent from changed where i.name = changed.name
          returning i.name, changed.silent, i.seen_at
        )
        insert into events (instance, type, reason)
        select name, case when silent then 'instance_silent' else 'instance_back' end,
          case when silent then 'the last heartbeat came at ' || to_char(seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC') end
        from told order by name`.execute(db);
    },

    async noteDrift(services, drift) {
      const notes = drift.filter(({ kind }) => kind !== 'silent');
      await sql`
        with looked as (${rows(services, 'environment text, service text')}),
        seen as (${rows(drift, 'environment text, service text, name text, kind text, words text')}),
        fresh as (
          insert into drift as d (environment, service, name, kind)
          select environment, service, name, kind
          from (${rows(notes, 'environment text, service text, name text, kind text')}) n
          order by environment, service, name collate "C"
          on conflict (environment, service, name) do update set kind = excluded.kind, found_at = clock_timestamp()
          where d.kind <> excluded.kind
          returning environment, service, name, kind
        ), gone as (
          delete from drift d using looked l
          where d.environment = l.environment and d.service = l.service and not exists (
            select from seen s where s.environment = d.environment and s.service = d.service and s.name = d.name)
          returning d.environment, d.service, d.name
        )
        insert into events (environment, service, instance, type, by, reason)
        select f.environment, f.service, f.name,
          case f.kind when 'repair_failed' then 'repair_given_up' else 'drift_found' end, 'reconcile', s.words
        from fresh f join seen s using (environment, service, name)
        union all
        select environment, service, name, 'drift_gone', 'reconcile', null from gone`.execute(db);
    },

    async noteRefusal({ environment, service }, reason) {
      await sql`
        with before as (
          select reason from repair_refusals where environment = ${environment} and service = ${service}
        ), noted as (
          insert into repair_refusals (environment, service, reason) values (${environment}, ${service}, ${reason})
          on conflict (environment, service) do update set reason = excluded.reason, at = clock_timestamp()
        )
        insert into events (environment, service, type, by, reason)
        select ${environment}, ${service}, 'repair_refused', 'reconcile', ${reason}
        where not exists (select from before where reason = ${reason})`.execute(db);
    },

    async supersede(generation) {
      await sql`update deployments set superseded = true where generation = ${generation}`.execute(db);
    },
  } satisfies Partial<ReconcileStore>;
}

function rows(values: object[], columns: string): RawBuilder<unknown> {
  return sql`select * from json_to_recordset(${JSON.stringify(values)}::json) as r(${sql.raw(columns)})`;
}
