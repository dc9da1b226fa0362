import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftovers, RUN_VARIABLE } from './leftovers.mjs';
import { ROOT, say } from './say.mjs';

/** The parallel projects first; then those whose tests kill processes, one file at a time. */
const RUNS = [
  { name: 'tests', args: ['--selectProjects', 'pure', 'unit'] },
  { name: 'kill tests', args: ['--selectProjects', 'kill', '--runInBand'] },
];

/**
 * Runs the tests; nothing that they started is left, also after Ctrl-C.
 * @returns {Promise<{ passed: number, failed: number, code: number }>} a file that couldn't be run counts as one failed
 */
export async function runTests(args, env = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'belay-tests-'));
  // All that tests write goes there. PostgreSQL, which root can't run, must get through it.
  chmodSync(folder, 0o711);
  env = { ...env, TMPDIR: folder };
  const total = { passed: 0, failed: 0, code: 0 };
  try {
    for (const [index, each] of RUNS.entries()) {
      const file = join(folder, `results-${index}.json`);
      const code = await runJest([...each.args, '--passWithNoTests', '--json', '--outputFile', file, ...args], env);
      const result = read(file);
      total.passed += result.numPassedTests ?? 0;
      total.failed += (result.numFailedTests ?? 0) + (result.numRuntimeErrorTestSuites ?? 0);
      if (code !== 0 && total.code === 0) total.code = code;
      if (code !== 0 && total.failed === 0) total.failed = 1;
      if (code >= 128) break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return total;
}

/** Jest gets a process group of its own, so that Ctrl-C comes here first, and all of the group ends with it. */
async function runJest(args, env) {
  const id = randomUUID();
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: ROOT,
    env: { ...env, [RUN_VARIABLE]: id },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let interrupted = 0;
  const stop = (_signal, number) => {
    if (interrupted === 0) say('stopping the tests and all that they started');
    interrupted ||= 128 + number;
    killGroup(child.pid, 'SIGKILL');
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (exit) => resolve(exit ?? 1));
  });
  const left = await endLeftovers(id, { graceMs: interrupted === 0 ? 3_000 : 500 });
  for (const signal of SIGNALS) process.off(signal, stop);
  if (interrupted === 0 && left.length > 0) say(`these processes were left behind, and ended:\n  ${left.join('\n  ')}`);
  return interrupted || code;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
