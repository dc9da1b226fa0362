import { sql } from 'kysely';
import type { ReleaseDocument, Status } from '../domain';
import { first, present, type Db } from './rows';
import type { EventRow } from './types';

/** A line of the event log, with what is known of its deployment. */
export interface Notice {
  event: EventRow;
  deployment?: {
    /** Of the deployment by now. */
    status: Status;
    release: ReleaseDocument | null;
    previous: ReleaseDocument | null;
    actor: string;
    strategy: string;
    webUi: string | null;
  };
}

/** What a worker that may send to a target is to tell it next. */
export interface Turn {
  /** Failed ones in a row. */
  attempts: number;
  /** The oldest lines that it wasn't told, the oldest of them first. */
  notices: Notice[];
}

/** Who is told what. Of several workers, one at a time sends to a target. */
export interface NotificationStore {
  /** These targets are wanted: a new one is told all lines from now on. What nobody wanted for a day is forgotten. */
  wantTargets(keys: string[]): Promise<void>;
  /** Undefined: another worker sends, it isn't time yet, or there is nothing new. Nobody else sends for `leaseMs`. */
  takeTurn(key: string, worker: string, leaseMs: number, most: number): Promise<Turn | undefined>;
  /** The turn is over: these lines are not to be told any more, and `sent` says whether one of them was. */
  told(key: string, worker: string, events: number[], sent: boolean): Promise<void>;
  /** The turn is over: these lines nobody wants, the next one wasn't taken, and nobody tries again before `waitMs` are over. */
  notTold(key: string, worker: string, events: number[], waitMs: number): Promise<void>;
  /** In its turn: what is older isn't told any more, and a line of the event log says so in these words. */
  giveUp(key: string, worker: string, olderThanMs: number, words: string): Promise<void>;
}

interface Row extends Omit<EventRow, 'generation'> {
  generation: number | null;
  status: Status | null;
  document: { release: ReleaseDocument | null; previous: ReleaseDocument | null; actor: string; strategy: string };
  web_ui: string | null;
}

const FORGOTTEN = sql.raw(`interval '1 day'`);

export function notificationsIn(db: Db): NotificationStore {
  const held = (key: string, worker: string) => sql`key = ${key} and leased_by = ${worker}`;
  return {
    async wantTargets(keys) {
      await sql`
        insert into notification_targets (key) select unnest(${keys}::text[]) order by 1
        on conflict (key) do update set wanted_at = clock_timestamp()`.execute(db);
      await sql`
        with forgotten as (
          delete from notification_targets where wanted_at < clock_timestamp() - ${FORGOTTEN} returning key
        )
        delete from notifications where target in (select key from forgotten)`.execute(db);
    },

    async takeTurn(key, worker, leaseMs, most) {
      const lease = sql`clock_timestamp() + make_interval(secs => ${leaseMs / 1000})`;
      const turn = await first(
        sql<{ attempts: number }>`
          update notification_targets set leased_by = ${worker}, leased_until = ${lease}
          where key = ${key} and next_at <= clock_timestamp()
            and (leased_by is null or leased_by = ${worker} or leased_until < clock_timestamp())
            and exists (select from notifications where target = ${key})
          returning attempts`,
        db,
      );
      return turn && { attempts: turn.attempts, notices: await noticesOf(db, key, most) };
    },

    async told(key, worker, events, sent) {
      await sql`
        with told as (${drop(key, events)})
        update notification_targets set leased_by = null, leased_until = null,
          attempts = case when ${sent} then 0 else attempts end
        where ${held(key, worker)}`.execute(db);
    },

    async notTold(key, worker, events, waitMs) {
      await sql`
        with unwanted as (${drop(key, events)})
        update notification_targets set leased_by = null, leased_until = null, attempts = attempts + 1,
          next_at = clock_timestamp() + make_interval(secs => ${waitMs / 1000})
        where ${held(key, worker)}`.execute(db);
    },

    async giveUp(key, worker, olderThanMs, words) {
      await sql`
        with given_up as (
          delete from notifications n using events e
          where n.target = ${key} and e.id = n.event
            and e.at < clock_timestamp() - make_interval(secs => ${olderThanMs / 1000})
            and exists (select from notification_targets where ${held(key, worker)})
          returning e.at
        )
        insert into events (type, reason)
        select 'notifications_given_up', ${words} from given_up having count(*) > 0`.execute(db);
    },
  };
}

function drop(key: string, events: number[]) {
  return sql`delete from notifications where target = ${key} and event = any(${events}::bigint[])`;
}

/** A line that was deleted since has nothing to tell any more. */
async function noticesOf(db: Db, key: string, most: number): Promise<Notice[]> {
  const { rows } = await sql<Row>`
    select n.event as id, coalesce(e.at, clock_timestamp()) as at, e.generation,
      coalesce(e.service, d.service) as service, coalesce(e.environment, d.environment) as environment,
      e.instance, e.flag, coalesce(e.type, 'deleted') as type, e.by, e.reason, d.status,
      json_build_object('release', d.document -> 'release', 'previous', d.document -> 'previous_release',
        'actor', d.document ->> 'actor', 'strategy', d.document ->> 'strategy') as document,
      d.document -> 'links' ->> 'web_ui' as web_ui
    from notifications n left join events e on e.id = n.event left join deployments d using (generation)
    where n.target = ${key} order by n.event limit ${most}`.execute(db);
  return rows.map(({ status, document, web_ui: webUi, ...line }) => ({
    event: present(line),
    ...(status === null ? {} : { deployment: { status, ...document, webUi } }),
  }));
}
