import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './ports';
import { postgresEnvironment, type PostgresFolder } from './postgres-folder';
import type { PostgresOptions } from './postgres-options';
import { POSTGRES_POLL_MS, POSTGRES_READY_MS, readPostmaster, type Postmaster } from './postgres-process';

/** Starts a server of this folder; it may end again at once. */
export async function launch(folder: PostgresFolder, options: PostgresOptions): Promise<ChildProcess> {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=32MB',
    'max_connections=100',
    'log_checkpoints=off',
    ...(options.throwaway === true ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
  const port = options.port ?? (await freePort());
  const [program, args] = folder.account.command(folder.account.binaries.postgres, [
    ...['-D', folder.data, '-p', String(port)],
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  const log = openSync(folder.log, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      ...folder.account.spawn,
      cwd: folder.path,
      env: postgresEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
    });
    child.on('error', () => {});
    child.unref();
    if (options.throwaway === true && child.pid !== undefined) tether(child, child.pid, folder);
    return child;
  } finally {
    closeSync(log);
  }
}

/** The server, once it takes connections; undefined when it ended instead. */
export async function untilReady(folder: PostgresFolder, child: ChildProcess): Promise<Postmaster | undefined> {
  const until = Date.now() + POSTGRES_READY_MS;
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const postmaster = readPostmaster(folder.data);
    if (postmaster?.pid === child.pid && postmaster.status === 'ready') return postmaster;
    if (Date.now() > until) {
      child.kill('SIGQUIT');
      return undefined;
    }
    await delay(POSTGRES_POLL_MS);
  }
  return undefined;
}

/** Ends the server when this process is gone, even killed: then the pipe closes that the shell reads from. */
function tether(server: ChildProcess, pid: number, folder: PostgresFolder): void {
  const script = 'read -r _; kill -QUIT "$0" 2>/dev/null; sleep 1; rm -rf "$1"; rmdir "${1%/*}" 2>/dev/null';
  const stdio: StdioOptions = ['pipe', 'ignore', 'ignore'];
  const shell = spawn('/bin/sh', ['-c', script, String(pid), folder.path], { stdio, cwd: '/', detached: true });
  shell.on('error', () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  server.once('exit', () => shell.kill());
}
