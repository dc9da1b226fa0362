import { sql } from 'kysely';
import { recordFound } from './lifecycle';
import { LISTED_COLUMNS, LISTED_NAMES, listedRow } from './requests';
import { first, type Db } from './rows';
import { insertSnapshots } from './snapshots';
import type { MembershipRead, WorkStore } from './work';

/** Who joined a deployment's fleet and who left it, while it ran. */
export function membershipIn(db: Db) {
  return {
    async memberPresence(generation) {
      const { rows } = await sql<{ ordinal: number; name: string; left: boolean }>`
        select ordinal, name, has_left as left from members
        where generation = ${generation} order by ordinal`.execute(db);
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
        await sql`
          update members set has_left = true
          where generation = ${generation} and ordinal = any(${answer.left})`.execute(tx);
        if (joiners.length === 0) return answer;
        const members = joiners.map(({ instance, taken }) => listedRow({ ...instance, ordinal: taken.ordinal }));
        await sql`
          insert into members (generation, ${LISTED_NAMES})
          select ${generation}, joiner.* from json_to_recordset(${JSON.stringify(members)})
            as joiner(${LISTED_COLUMNS})`.execute(tx);
        const taken = joiners.map((joiner) => joiner.taken);
        await insertSnapshots(tx, generation, taken);
        await recordFound(tx, generation, Math.min(...taken.map((each) => each.ordinal)));
        return answer;
      });
    },
  } satisfies Partial<WorkStore>;
}

async function answerOf(db: Db, generation: number, read: number): Promise<MembershipRead | undefined> {
  const row = await first(
    sql<{ answer: MembershipRead }>`
      select answer from membership_reads where generation = ${generation} and read = ${read}`,
    db,
  );
  return row?.answer;
}
