import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresUnavailable, type PostgresBinaries } from './postgres-binaries';

/** How PostgreSQL's programs are started, given who runs Belay: PostgreSQL refuses to run as root. */
export interface PostgresAccount {
  binaries: PostgresBinaries;
  /** What a program and its arguments become. */
  command(program: string, args: string[]): [program: string, args: string[]];
  /** Further options of `spawn`. */
  spawn: { uid?: number; gid?: number };
}

/** Of util-linux; it takes root into a user namespace. */
const UNSHARE = 'unshare';

interface User {
  name: string;
  uid: number;
  gid: number;
}

/** Finds a way that works on this machine; `folder` is where the data will lie. */
export function choosePostgresAccount(binaries: PostgresBinaries, folder: string): PostgresAccount {
  if (process.getuid?.() !== 0) return { binaries, command: (program, args) => [program, args], spawn: {} };
  return inUserNamespace(binaries) ?? asUser(binaries, folder, ordinaryUser(['postgres', 'nobody']));
}

/** Root, seen as somebody else: files stay root's, so every folder is in reach. Refused in most containers. */
function inUserNamespace(binaries: PostgresBinaries): PostgresAccount | undefined {
  // initdb wants the user to have a name.
  const { uid, gid } = ordinaryUser(['postgres', 'nobody']) ?? { uid: 1000, gid: 1000 };
  const wrap = ['-U', `--map-user=${uid}`, `--map-group=${gid}`];
  try {
    execFileSync(UNSHARE, [...wrap, binaries.postgres, '--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { binaries, command: (program, args) => [UNSHARE, [...wrap, program, ...args]], spawn: {} };
}

/** A user of its own, with a copy of the programs beside the data where it can't reach the installed ones. */
export function asUser(binaries: PostgresBinaries, folder: string, user: User | undefined): PostgresAccount {
  const otherwise = 'Run Belay as an ordinary user, or set DATABASE_URL to a PostgreSQL server of yours.';
  if (user === undefined) {
    throw new PostgresUnavailable(
      `PostgreSQL can't run as root, and there is no other user to run it as. ${otherwise}`,
    );
  }
  const spawn = { uid: user.uid, gid: user.gid };
  chownSync(folder, user.uid, user.gid);
  if (!runs('/bin/sh', ['-c', `cd '${folder.replaceAll("'", `'\\''`)}'`], spawn)) {
    throw new PostgresUnavailable(
      `PostgreSQL can't run as root, and user ${user.name} can't enter ${folder}. ` +
        `Set BELAY_STATE_DIR to a folder that user ${user.name} can enter, such as /var/lib/belay. Else: ${otherwise}`,
    );
  }
  const reachable = runs(binaries.postgres, ['--version'], spawn) ? binaries : copyInto(folder, binaries);
  if (!runs(reachable.postgres, ['--version'], spawn)) {
    throw new PostgresUnavailable(
      `PostgreSQL can't run as root, and user ${user.name} can't run ${reachable.postgres} ` +
        `(is the file system mounted with noexec?). ${otherwise}`,
    );
  }
  return { binaries: reachable, command: (program, args) => [program, args], spawn };
}

function copyInto(folder: string, binaries: PostgresBinaries): PostgresBinaries {
  const root = join(folder, 'programs');
  const move = (file: string) => join(root, file.slice(binaries.root.length));
  if (!existsSync(move(binaries.postgres))) {
    rmSync(root, { recursive: true, force: true });
    cpSync(binaries.root, root, { recursive: true, verbatimSymlinks: true });
    chmodSync(root, 0o755);
  }
  return { root, initdb: move(binaries.initdb), postgres: move(binaries.postgres) };
}

function runs(program: string, args: string[], as: { uid: number; gid: number }): boolean {
  try {
    execFileSync(program, args, { ...as, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** The first of these users that the machine has. */
export function ordinaryUser(names: string[]): User | undefined {
  if (!existsSync('/etc/passwd')) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  for (const name of names) {
    const user = users.find((each) => each.name === name && each.uid > 0);
    if (user !== undefined) return user;
  }
  return undefined;
}
