import { InputError } from '../domain/errors';
import { migrate, withoutPassword } from '../store';
import { configuredTemporal, connectClient } from './connection';
import { registerSearchAttributes } from './search-attributes';
import { configuredServers } from './way';

/** Makes a Temporal and a database that are there ready for Belay: search attributes, tables. Done twice, it changes nothing. */
export async function setUpServers(say: (text: string) => void, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const servers = requireServers(env);
  const { temporal, databaseUrl } = servers;
  const { connection } = await connectClient(temporal);
  try {
    const registered = await registerSearchAttributes(connection, temporal.namespace);
    const place = `namespace "${temporal.namespace}" at ${temporal.options.address}`;
    say(
      registered.length === 0
        ? `Temporal: ${place} is ready`
        : `Temporal: registered ${registered.join(', ')} in ${place}`,
    );
  } finally {
    await connection.close();
  }
  await migrate(databaseUrl);
  say(`PostgreSQL: ${withoutPassword(databaseUrl)} has Belay's tables`);
}

/** The configured servers; an InputError with what to set where one isn't named: none was tried. */
export function requireServers(
  env: NodeJS.ProcessEnv = process.env,
): NonNullable<ReturnType<typeof configuredServers>> {
  const servers = configuredServers(env);
  if (servers !== undefined) return servers;
  const missing: string[] = [];
  if (configuredTemporal(env) === undefined) {
    missing.push(
      'TEMPORAL_ADDRESS is not set, and no profile in temporal.toml names a server: set it to the host:port of a Temporal that is there ' +
        '(and TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS… as needed); `belay dev` needs none',
    );
  }
  if (!env.DATABASE_URL) {
    missing.push(
      'DATABASE_URL is not set: set it to a PostgreSQL that is there, like postgres://user:password@host:port/database; `belay dev` needs none',
    );
  }
  throw new InputError(missing.map((message) => ({ message })));
}
