import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { endLeftovers, RUN_VARIABLE } from './leftovers.mjs';
import { ROOT, say } from './say.mjs';

/**
 * Runs a Node script whose processes all end with it, also after Ctrl-C, and answers with its exit code. It gets a
 * process group of its own, so that Ctrl-C comes here first.
 */
export async function runCaged(args, env = process.env) {
  const id = randomUUID();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...env, [RUN_VARIABLE]: id },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let interrupted = 0;
  const stop = (_signal, number) => {
    if (interrupted === 0) say('stopping it and all that it started');
    interrupted ||= 128 + number;
    killGroup(child.pid);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (exit) => resolve(exit ?? 1));
  });
  const left = await endLeftovers(id, { atOnce: interrupted !== 0 });
  for (const signal of SIGNALS) process.off(signal, stop);
  if (interrupted === 0 && left.length > 0) say(`these processes were left behind, and ended:\n  ${left.join('\n  ')}`);
  return interrupted || code;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
