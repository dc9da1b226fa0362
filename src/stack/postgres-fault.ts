import { PostgresUnavailable } from './postgres-binaries';
import type { PostgresFolder } from './postgres-folder';
import type { PostgresOptions } from './postgres-options';
import { readPostmaster } from './postgres-process';

/** Whether what the server said when it ended is a reason to try once more. */
export function startAgain(folder: PostgresFolder, options: PostgresOptions, log: string): boolean {
  if (log.includes('already exists') || readPostmaster(folder.data) !== undefined) return true;
  return options.port === undefined && log.includes('Address already in use');
}

/** What to tell a person whose server ended instead of starting. */
export function notStarted(folder: PostgresFolder, options: PostgresOptions, log: string): PostgresUnavailable {
  if (log.includes('Address already in use')) {
    return new PostgresUnavailable(
      `PostgreSQL couldn't start: port ${options.port ?? '(any free one)'} is in use. Give another one, or none.`,
    );
  }
  const said = log
    .split('\n')
    .filter((line) => /FATAL|ERROR|HINT|DETAIL/.test(line))
    .slice(-3)
    .join(' · ');
  return new PostgresUnavailable(
    `PostgreSQL couldn't start from ${folder.path}${said === '' ? '' : `: ${said}`}. ` +
      `See ${folder.log}, or set DATABASE_URL to a PostgreSQL server of yours.`,
  );
}
