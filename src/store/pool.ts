import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Client, Pool, types, type ClientConfig, type PoolClient } from 'pg';
import { storeError } from './errors';

/** How long one connection may take to be made: a person waits for it. */
const CONNECT_MS = 4_000;

/** So long a silence, and the other end is asked whether it is still there. */
const KEEP_ALIVE_MS = 10_000;
/** A process that stands still within a transaction gives up what it holds after this. */
const FROZEN_MS = 30_000;

/** A client whose time limit bounds the making of a connection, not the wait for a free one. */
class PatientClient extends Client {
  constructor(config?: ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_MS });
    // The query that is under way, or the next one, fails with it; unheard it would end the process.
    this.on('error', () => {});
  }
}

/** The connections of a store, whose faults are told in words and without the password. */
export function createPool(databaseUrl: string, max: number): PostgresPool {
  const pool = connect(databaseUrl, max);
  // An idle connection that breaks is replaced when it is needed.
  pool.on('error', () => {});
  return {
    connect: async () => {
      try {
        return explained(await pool.connect(), databaseUrl);
      } catch (error) {
        throw storeError(error, databaseUrl);
      }
    },
    end: () => pool.end(),
  };
}

function connect(databaseUrl: string, max: number): Pool {
  return new Pool({
    connectionString: databaseUrl,
    max,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    idle_in_transaction_session_timeout: FROZEN_MS,
    application_name: 'belay',
    Client: PatientClient,
    types: {
      // Generations and counts are far below 2^53.
      getTypeParser: (id, format) =>
        id === types.builtins.INT8 ? Number : (types.getTypeParser(id, format) as (text: string) => unknown),
    },
  });
}

function explained(client: PoolClient, databaseUrl: string): PostgresPoolClient {
  const query = async (sql: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(prepared(sql, parameters));
    } catch (error) {
      throw storeError(error, databaseUrl);
    }
  };
  return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() };
}

/** The statement's name, for one that begins with such a comment: the database plans it once per connection. */
const NAMED = /^\/\* prepare (\w+) \*\//;

function prepared(text: string, values: readonly unknown[]) {
  const name = NAMED.exec(text)?.[1];
  return { text, values: values.map(storable), ...(name !== undefined && { name }) };
}

/** A text of PostgreSQL can't hold NUL, and what is never stored is tried for ever. */
function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
