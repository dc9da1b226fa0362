import { sql } from 'kysely';
import type { SimulatedState, SimulatedWorld } from '../drivers/target/world';
import { first, type Db } from './rows';

/** The reality of simulated instances: it outlives workers as a real one would. */
export function simulatedWorldIn(db: Db): SimulatedWorld {
  return {
    async read(deployment, ordinal) {
      const row = await first(
        sql<{ state: SimulatedState }>`/* prepare read_simulated */
          select state from simulated_instances where generation = ${deployment} and ordinal = ${ordinal}`,
        db,
      );
      return row?.state;
    },

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
