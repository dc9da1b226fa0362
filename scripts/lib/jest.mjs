import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCaged } from './caged.mjs';
import { ROOT } from './say.mjs';

const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');

/** The parallel projects first; then those whose tests kill processes, one file at a time. */
const RUNS = [
  ['--selectProjects', 'pure', 'unit'],
  ['--selectProjects', 'kill', '--runInBand'],
];

/**
 * A run ends when its tests have: a timer that Node counts as alive although it is cleared has held one for ever, with
 * nothing left to wait for.
 */
const ALWAYS = ['--passWithNoTests', '--forceExit', '--json', '--outputFile'];

/**
 * Runs the tests; nothing that they started is left, also after Ctrl-C.
 * @returns {Promise<{ passed: number, failed: number, code: number }>} a file that couldn't be run counts as one failed
 */
export async function runTests(args, env = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'belay-tests-'));
  // All that tests write goes there. PostgreSQL, which root can't run, must get through it.
  chmodSync(folder, 0o711);
  const total = { passed: 0, failed: 0, code: 0 };
  try {
    for (const [index, projects] of RUNS.entries()) {
      const file = join(folder, `results-${index}.json`);
      const options = [...projects, ...ALWAYS, file, ...args];
      const code = await runCaged([JEST, ...options], { ...env, TMPDIR: folder });
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

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
