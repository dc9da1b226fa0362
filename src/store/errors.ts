import { isNativeError } from 'node:util/types';

/** The database can't be reached or doesn't let Belay in; `check` lists what a person can look at. */
export class StoreUnreachable extends Error {
  override readonly name = 'StoreUnreachable';

  constructor(
    message: string,
    readonly check: string[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The database was set up by a newer Belay than this one. */
export class StoreTooNew extends Error {
  override readonly name = 'StoreTooNew';
}

/** Where a database is, without its password. */
export function withoutPassword(databaseUrl: string): string {
  try {
    const url = new URL(databaseUrl);
    return `${url.hostname === '' ? 'localhost' : url.hostname}:${url.port === '' ? '5432' : url.port}${url.pathname}`;
  } catch {
    return 'the given address';
  }
}

/** System errors of a connection, in words. */
const CONNECTION: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: "the host name can't be looked up now",
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ERR_INVALID_URL: 'it is no address that begins with postgres://',
};

/** PostgreSQL's own refusals: classes 08 (connection) and 28 (who are you), and these. */
const REFUSALS = ['25P03', '3D000', '53300', '57P01', '57P02', '57P03'];

/** What `pg` says without a code when a connection ends or isn't made. */
const BROKEN = /connection terminated|timeout expired|not queryable|connection error|SSL|SASL|terminating connection/i;

/** The error to throw in place of this one: one for a person when it is the connection's fault, else itself. */
export function storeError(error: unknown, databaseUrl: string): unknown {
  if (!isNativeError(error) || error instanceof StoreUnreachable) return error;
  const why = connectionFault(error);
  if (why === undefined) return error;
  const place = withoutPassword(databaseUrl);
  return new StoreUnreachable(
    `PostgreSQL at ${place} can't be used: ${why}`,
    [
      `does PostgreSQL run at ${place}, and can this machine reach it?`,
      'is DATABASE_URL right (postgres://user:password@host:port/database), its user and password too?',
    ],
    // The error of an address that can't be parsed holds it, with its password.
    code(error) === 'ERR_INVALID_URL' ? {} : { cause: error },
  );
}

function code(error: Error | undefined): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

function connectionFault(error: Error): string | undefined {
  const [first] = 'errors' in error ? (error.errors as Error[]) : [error];
  const kind = code(first);
  const words = CONNECTION[kind];
  if (words !== undefined) return words;
  if (/^(08|28)/.test(kind) || REFUSALS.includes(kind)) return error.message;
  return BROKEN.test(error.message) && !/^[0-9A-Z]{5}$/.test(kind) ? error.message : undefined;
}
