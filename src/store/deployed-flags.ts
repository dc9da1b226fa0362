import { sql } from 'kysely';
import { changeText, missingFlagText, type Flag, type FlagChange } from '../domain/flags';
import type { DeployedFlagStore, FlagSetting } from './deployed-flag-types';
import { once, undone, type FlagActor, type Tx } from './flag-acts';
import { noteFlagStep } from './flag-steps';
import { find, noteFlag, write } from './flags';
import { first, type Db } from './rows';
import type { ClaimHolder } from './work-store';

const ID = sql.raw("d.environment || '/' || d.service || '/' || d.generation");

/** A flag beside what it was like before a deployment. */
interface Kept {
  key: string;
  before: Pick<Flag, 'description' | 'enabled' | 'percent' | 'variants' | 'users' | 'rules'> & {
    default_variant: string;
    off_value: Flag['offValue'];
    set_by_generation: number | null;
  };
  set_percent: number | null;
  /** It was neither deleted nor made anew since. */
  same: boolean;
}

/** Flags that deployments set. Each act is one transaction: what was before, the change, its event, and that it was done. */
export function deployedFlagsIn(db: Db): DeployedFlagStore {
  return {
    setFlags: ({ flags, ...act }) =>
      once(db, act, async (tx, actor) => {
        const faults = await each(flags, (flag) => whyNot(tx, actor, flag));
        if (faults.length > 0) return faults;
        for (const flag of flags) await set(tx, actor, flag);
        return [];
      }),

    restoreFlags: ({ features, ...act }) =>
      once(db, act, async (tx, actor) => each(await keptOf(tx, actor, features), (kept) => restore(tx, actor, kept))),

    async flagsHeld(generation, environment, keys) {
      const { rows } = await sql<ClaimHolder & { key: string }>`
        select key, d.generation, d.workflow_id as "workflowId", d.run_id as "runId", ${ID} as id
        from unnest(${keys}::text[]) as key, deployments d join requests r on r.id = d.request_id
        where d.ended_at is null and d.environment = ${environment} and d.generation <> ${generation}
          and (exists (select from flag_snapshots s
              where s.generation = d.generation and s.key = key.key and s.restored_at is null)
            or r.kind <> 'reconcile' and ((r.spec -> 'flags')::jsonb ? key.key
              or exists (select from json_array_elements(r.spec -> 'strategy' -> 'features') as feature
                where feature ->> 'key' = key.key)))
        order by key, d.generation`.execute(db);
      return rows.map(({ key, ...holder }) => ({ key, holder }));
    },

    flagsToRestore: (generation) =>
      db.transaction().execute(async (tx) => {
        const source = await undone(tx, generation);
        const { rows } = await sql<{ key: string }>`
          select key from flag_snapshots where generation = ${source} and restored_at is null order by key`.execute(tx);
        return rows.map(({ key }) => key);
      }),

    async enabledFeatures(generation) {
      const { rows } = await sql<{ key: string; percent: number | null }>`
        select key, set_percent::float8 as percent from flag_snapshots
        where generation = ${generation} and restored_at is null order by key`.execute(db);
      return Object.fromEntries(rows.map(({ key, percent }) => [key, percent ?? 'off']));
    },
  };
}

/** Why a flag can't be set, in words. */
async function whyNot(tx: Tx, actor: FlagActor, { feature: key, percent }: FlagSetting): Promise<string | undefined> {
  const { environment } = actor;
  const flag = await find(tx, { environment, key });
  if (flag === undefined) {
    const { rows } = await sql<{ key: string }>`
      select key from flags where environment = ${environment} and deleted_at is null`.execute(tx);
    return missingFlagText(
      environment,
      key,
      rows.map((row) => row.key),
    );
  }
  const other = (await setLater(tx, actor, key)) ?? (await setBeside(tx, actor, key));
  if (other !== undefined) return other;
  if (percent === 'off' || flag.enabled || !(await isOurs(tx, actor, key))) return undefined;
  // Whoever turns a feature off for everyone in the middle of it has a reason.
  return `${flag.changedBy} disabled ${key} meanwhile: it stays off; \`belay flags enable ${key} --environment ${environment}\` turns it on`;
}

/** A deployment that came later, and has set it since. */
async function setLater(
  tx: Tx,
  { generation, source, environment }: FlagActor,
  key: string,
): Promise<string | undefined> {
  const row = await first(
    sql<{ by: number }>`
      select set_by_generation as by from flags
      where environment = ${environment} and key = ${key} and set_by_generation > ${source}
        and set_by_generation <> ${generation}`,
    tx,
  );
  return row && `${key} was set by a later deployment (generation ${row.by}) since: it stays as it is`;
}

/** Another deployment that goes on, and has set it: two that began at once. */
async function setBeside(tx: Tx, { generation, environment }: FlagActor, key: string): Promise<string | undefined> {
  const row = await first(
    sql<{ id: string }>`
      select ${ID} as id from flag_snapshots s join deployments d using (generation)
      where s.environment = ${environment} and s.key = ${key} and s.generation <> ${generation}
        and s.restored_at is null and d.ended_at is null order by d.generation limit 1`,
    tx,
  );
  return row && `${key} is being set by ${row.id}: it stays as it is until that has ended`;
}

/** Whether the deployment has turned it on, and not put it back. */
async function isOurs(tx: Tx, { generation, environment }: FlagActor, key: string): Promise<boolean> {
  const row = await first(
    sql`select from flag_snapshots where generation = ${generation} and environment = ${environment} and key = ${key}
      and set_percent is not null and restored_at is null`,
    tx,
  );
  return row !== undefined;
}

async function set(tx: Tx, actor: FlagActor, { feature: key, percent }: FlagSetting): Promise<void> {
  const change = percent === 'off' ? { enabled: false } : { enabled: true, percent };
  await apply(tx, actor, key, change, percent);
}

/** What it was before is kept, then it is changed. Nothing is written of what is so already. */
async function apply(
  tx: Tx,
  { generation, environment, id, by }: FlagActor,
  key: string,
  change: FlagChange,
  percent: FlagSetting['percent'],
  words = `set by ${id}`,
): Promise<void> {
  await sql`
    insert into flag_snapshots (generation, environment, key, before)
    select ${generation}, environment, key, to_json(f) from flags f where environment = ${environment} and key = ${key}
    on conflict (generation, environment, key) do nothing`.execute(tx);
  await sql`
    update flag_snapshots set set_percent = ${percent === 'off' ? null : percent}, restored_at = null
    where generation = ${generation} and environment = ${environment} and key = ${key}`.execute(tx);
  await sql`
    update flags set set_by_generation = ${generation} where environment = ${environment} and key = ${key}`.execute(tx);
  await noteFlagStep(tx, generation, key, percent);
  const flag = (await find(tx, { environment, key }))!;
  const changed = changeText(flag, change);
  if (changed === '') return;
  await write(tx, { ...flag, ...change }, by);
  await noteFlag(tx, flag, 'flag_changed', changed, { by, reason: words, generation });
}

/** What is to be put back, and hasn't been. */
async function keptOf(tx: Tx, { source, environment }: FlagActor, features: string[] | null = null): Promise<Kept[]> {
  const { rows } = await sql<Kept>`
    select s.key, s.before, s.set_percent::float8 as set_percent,
      f.deleted_at is null and (s.before ->> 'created_at')::timestamptz = f.created_at as same
    from flag_snapshots s join flags f using (environment, key)
    where s.generation = ${source} and s.environment = ${environment} and s.restored_at is null
      and (${features}::text[] is null or s.key = any(${features}))
    order by s.key`.execute(tx);
  return rows;
}

/** Whether it is on, and for how many, is as before; what people changed of it meanwhile stays, and is named. */
async function restore(tx: Tx, actor: FlagActor, kept: Kept): Promise<string | undefined> {
  const { environment, source, generation, id, by } = actor;
  const { key, before } = kept;
  const later = await setLater(tx, actor, key);
  if (later !== undefined) return later;
  const flag = kept.same ? await find(tx, { environment, key }) : undefined;
  if (flag === undefined) {
    const reason = `${id}: not put back, it was deleted or made anew meanwhile`;
    await noteFlag(tx, { environment, key }, 'flag_left', '', { by, reason, generation });
  } else {
    const disabled = kept.set_percent !== null && !flag.enabled && before.enabled;
    const others = changeText(asBefore(flag, before), flag);
    const words = [
      `put back by ${id}`,
      ...(disabled ? [`it stays off, ${flag.changedBy} disabled it meanwhile`] : []),
      ...(others === '' ? [] : [`what was changed meanwhile stays: ${others}`]),
    ].join('; ');
    const { percent } = before;
    const enabled = before.enabled && !disabled;
    await apply(tx, actor, key, { enabled, percent }, enabled ? percent : 'off', words);
    // It is whose it was before, so that who set it then can be undone, too.
    await sql`
      update flags set set_by_generation = ${before.set_by_generation}
      where environment = ${environment} and key = ${key}`.execute(tx);
  }
  const { rows } = await sql`
    update flag_snapshots set restored_at = clock_timestamp()
    where generation = ${source} and environment = ${environment} and key = ${key} returning key`.execute(tx);
  if (rows.length === 0) throw new Error(`What ${key} was before the deployment ${source} is not there`);
  return undefined;
}

/** The flag with all as before but whether it is on, and for how many. */
function asBefore(flag: Flag, before: Kept['before']): Flag {
  const { description, variants, users, rules, default_variant: defaultVariant, off_value: offValue } = before;
  return { ...flag, description, variants, users, rules, defaultVariant, offValue };
}

async function each<T>(items: T[], work: (item: T) => Promise<string | undefined>): Promise<string[]> {
  const found: string[] = [];
  for (const item of items) {
    const one = await work(item);
    if (one !== undefined) found.push(one);
  }
  return found;
}
