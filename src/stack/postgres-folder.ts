import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { choosePostgresAccount, type PostgresAccount } from './postgres-account';
import { findPostgresBinaries, PostgresUnavailable } from './postgres-binaries';
import { isAlive } from './postgres-process';

/** Belay's user in its own PostgreSQL, and the name of its database. */
export const POSTGRES_USER = 'belay';

/** How the folder's name begins while it is being made; the process's number follows. */
const DRAFT = 'postgres-new-';

/** Everything of one PostgreSQL lies in one folder, so that it is there as a whole or not at all. */
export interface PostgresFolder {
  path: string;
  data: string;
  log: string;
  password: string;
  account: PostgresAccount;
}

/** The folder `<state dir>/postgres`, made when it isn't there yet. Two processes may do this at once: one wins. */
export async function preparePostgresFolder(stateDir: string, options: { fast: boolean }): Promise<PostgresFolder> {
  const path = join(stateDir, 'postgres');
  const binaries = findPostgresBinaries();
  await mkdir(stateDir, { recursive: true });
  if (!existsSync(path)) {
    await removeDrafts(stateDir);
    const draft = await mkdtemp(join(stateDir, `${DRAFT}${process.pid}-`));
    try {
      await initialize(draft, choosePostgresAccount(binaries, draft), options);
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (!existsSync(path)) throw error;
    }
  }
  return {
    path,
    data: join(path, 'data'),
    log: join(path, 'postgres.log'),
    password: (await readFile(join(path, 'password'), 'utf8')).trim(),
    account: choosePostgresAccount(binaries, path),
  };
}

/** What processes left behind that were killed while they made one. */
async function removeDrafts(stateDir: string): Promise<void> {
  for (const name of await readdir(stateDir)) {
    const pid = name.startsWith(DRAFT) ? Number.parseInt(name.slice(DRAFT.length), 10) : NaN;
    if (pid > 0 && !isAlive(pid)) await rm(join(stateDir, name), { recursive: true, force: true });
  }
}

async function initialize(path: string, account: PostgresAccount, { fast }: { fast: boolean }): Promise<void> {
  const data = join(path, 'data');
  const passwordFile = join(path, 'password');
  await writeFile(passwordFile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
  await mkdir(data, { mode: 0o700 });
  const { uid, gid } = account.spawn;
  if (uid !== undefined && gid !== undefined) {
    for (const each of [passwordFile, data]) await chown(each, uid, gid);
  }
  const [program, args] = account.command(account.binaries.initdb, [
    `--pgdata=${data}`,
    `--username=${POSTGRES_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    ...(fast ? ['--no-sync'] : []),
  ]);
  try {
    await promisify(execFile)(program, args, { ...account.spawn, cwd: path, env: postgresEnvironment() });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? (error as Error).message;
    throw new PostgresUnavailable(
      `initdb couldn't set up a database in ${path}: ${said}. ` +
        'Check that the disk has room and the folder can be written to, or set DATABASE_URL to a PostgreSQL server of yours.',
    );
  }
  await chmod(passwordFile, 0o600);
}

/** PostgreSQL reads settings from the environment that are meant for other servers. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', LANG: 'C' };
}
