import { Unreachable } from '../control/errors';
import { migrate, withoutPassword } from '../store';
import { connectClient } from './connection';
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

/** The configured servers, or what to configure. */
export function requireServers(
  env: NodeJS.ProcessEnv = process.env,
): NonNullable<ReturnType<typeof configuredServers>> {
  const servers = configuredServers(env);
  if (servers !== undefined) return servers;
  throw new Unreachable('This needs a Temporal server and a PostgreSQL database that are there, and both named.', [
    'TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS… as needed), or a profile in temporal.toml',
    'DATABASE_URL=postgres://user:password@host:port/database',
    '`belay dev` needs neither: it starts both on this machine',
  ]);
}
