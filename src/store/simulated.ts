import { sql } from 'kysely';
import type { SimulatedState, SimulatedWorld } from '../drivers/target/world';
import { first, type Db } from './rows';

/** The reality of simulated instances: it outlives workers as a real one would. */
export function simulatedWorldIn(db: Db): SimulatedWorld {
  return {
    read: together((wanted) => readAll(db, wanted)),

    async write(deployment, ordinal, state) {
      const row = await first(
        sql`/* prepare write_simulated */
          insert into simulated_instances as kept (generation, ordinal, obeyed, state)
          values (${deployment}, ${ordinal}, ${state.generation}, ${JSON.stringify(state)})
          on conflict (generation, ordinal) do update set obeyed = excluded.obeyed, state = excluded.state
          where kept.obeyed <= excluded.obeyed
          returning ordinal`,
        db,
      );
      return row !== undefined;
    },
  };
}

interface Place {
  deployment: number;
  ordinal: number;
}

/** A look at a whole fleet is many reads at the same moment: they are asked as one question. */
function together(
  readMany: (places: Place[]) => Promise<Map<string, SimulatedState>>,
): (deployment: number, ordinal: number) => Promise<SimulatedState | undefined> {
  let waiting: Place[] = [];
  let answer: Promise<Map<string, SimulatedState>> | undefined;
  return async (deployment, ordinal) => {
    waiting.push({ deployment, ordinal });
    answer ??= Promise.resolve().then(() => {
      const places = waiting;
      waiting = [];
      answer = undefined;
      return readMany(places);
    });
    return (await answer).get(keyOf(deployment, ordinal));
  };
}

async function readAll(db: Db, places: Place[]): Promise<Map<string, SimulatedState>> {
  const { rows } = await sql<{
    generation: string;
    ordinal: number;
    state: SimulatedState;
  }>`/* prepare read_simulated */
    select generation, ordinal, state from simulated_instances
    where (generation, ordinal) in (
      select * from unnest(
        ${places.map(({ deployment }) => deployment)}::bigint[], ${places.map(({ ordinal }) => ordinal)}::int[]))`.execute(
    db,
  );
  return new Map(rows.map(({ generation, ordinal, state }) => [keyOf(Number(generation), ordinal), state]));
}

function keyOf(deployment: number, ordinal: number): string {
  return `${deployment}/${ordinal}`;
}
