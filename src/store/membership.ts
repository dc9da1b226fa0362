import { sql, type Transaction } from 'kysely';
import { recordFound } from './lifecycle';
import { LISTED_COLUMNS, LISTED_NAMES, listedRow } from './requests';
import { first, type Db } from './rows';
import { insertSnapshots } from './snapshots';
import type { MembershipRead } from './membership-read';
import type { WorkStore } from './work-store';

type Newcomer = Parameters<WorkStore['recordMembership']>[2][number];

/** Who joined a deployment's fleet and who left it, while it ran. */
export function membershipIn(db: Db) {
  return {
    async memberPresence(generation) {
      const { rows } = await sql<{ ordinal: number; name: string; left: boolean; excluded: boolean }>`
        select m.ordinal, m.name, m.has_left as left, coalesce(s.excluded, false) as excluded
        from members m left join snapshots s using (generation, ordinal)
        where m.generation = ${generation} order by m.ordinal`.execute(db);
      return rows;
    },

    membershipRead: (generation, read) => answerOf(db, generation, read),

    async recordMembership(generation, read, joiners, answer) {
      return db.transaction().execute(async (tx) => {
        const isFirst = await first(
          sql`
            insert into membership_reads (generation, read, answer)
            values (${generation}, ${read}, ${JSON.stringify(answer)})
            on conflict do nothing returning read`,
          tx,
        );
        if (isFirst === undefined) return (await answerOf(tx, generation, read)) ?? answer;
        const returned = (answer.returned ?? []).map(({ ordinal }) => ordinal);
        const joined = joiners.map(({ taken }) => taken.ordinal);
        await sql`
          update members set has_left = ordinal = any(${answer.left})
          where generation = ${generation} and ordinal = any(${[...answer.left, ...returned]})`.execute(tx);
        if (joiners.length > 0) await addMembers(tx, generation, joiners);
        await logEach(tx, generation, 'left', answer.left);
        await logEach(tx, generation, 'joined', joined);
        await logEach(tx, generation, 'returned', returned);
        return answer;
      });
    },
  } satisfies Partial<WorkStore>;
}

async function addMembers(tx: Transaction<unknown>, generation: number, joiners: Newcomer[]): Promise<void> {
  const members = joiners.map(({ instance, taken }) => listedRow({ ...instance, ordinal: taken.ordinal }));
  await sql`
    insert into members (generation, ${LISTED_NAMES})
    select ${generation}, joiner.* from json_to_recordset(${JSON.stringify(members)})
      as joiner(${LISTED_COLUMNS})`.execute(tx);
  const taken = joiners.map((joiner) => joiner.taken);
  await insertSnapshots(tx, generation, taken);
  await recordFound(tx, generation, Math.min(...taken.map((each) => each.ordinal)));
}

/** An event for each of these members, in the transaction that records the read: once, and without a sequence. */
async function logEach(tx: Db, generation: number, type: string, ordinals: number[]): Promise<void> {
  if (ordinals.length === 0) return;
  await sql`
    insert into events (generation, instance, type)
    select generation, name, ${type} from members
    where generation = ${generation} and ordinal = any(${ordinals}) order by ordinal`.execute(tx);
}

async function answerOf(db: Db, generation: number, read: number): Promise<MembershipRead | undefined> {
  const row = await first(
    sql<{ answer: MembershipRead }>`
      select answer from membership_reads where generation = ${generation} and read = ${read}`,
    db,
  );
  return row?.answer;
}
