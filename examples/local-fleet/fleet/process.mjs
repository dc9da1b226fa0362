/** Processes that outlive whoever started them: each has a folder, with its process id and its log. */
import { execFile, spawn } from 'node:child_process';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Starts one. `argv` must name something in the folder: that is what it is told by later.
 * @returns its ChildProcess
 */
export async function launch(folder, argv, env = {}) {
  const log = await open(path.join(folder, 'log'), 'a');
  const [command, ...args] = argv;
  const options = { stdio: ['ignore', log.fd, log.fd], detached: true, env: { ...process.env, ...env } };
  const started = spawn(command, args, options);
  await log.close();
  await writeFile(path.join(folder, 'pid'), String(started.pid));
  started.unref();
  return started;
}

/** Ends it, and waits until it is gone; nothing happens where it isn't there any more. */
export async function end(folder, signal = 'SIGTERM') {
  const pid = Number(await readFile(path.join(folder, 'pid'), 'utf8').catch(() => '0'));
  // The number may be another process's by now.
  const isThere = async () => {
    const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.includes(folder);
  };
  if (!pid || !(await isThere())) return;
  process.kill(pid, signal);
  for (let tries = 0; await isThere(); tries++) {
    if (tries === 200) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
