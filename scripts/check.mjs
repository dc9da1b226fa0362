#!/usr/bin/env node
// npm run check: all that CI runs. Every part runs, so that one look tells all that is to be done.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './lib/install.mjs';
import { capture, run } from './lib/run.mjs';
import { main, ROOT, say } from './lib/say.mjs';

const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const CACHE = 'node_modules/.cache';

/** The parts that only read the sources; the second column is what runs beside the first, which takes the longest. */
const SOURCE_CHECKS = [
  [['lint', ['node_modules/eslint/bin/eslint.js', '.'], 'some of it `npx eslint . --fix` mends']],
  [
    [
      'format',
      ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
      '`npm run format` mends it',
    ],
    [
      'types',
      [
        'node_modules/typescript/bin/tsc',
        '-p',
        '.',
        '--incremental',
        '--tsBuildInfoFile',
        `${CACHE}/types.tsbuildinfo`,
      ],
      '',
    ],
    ['unused code', ['node_modules/knip/bin/knip.js'], 'remove it, or use it'],
  ],
];

await main(async () => {
  await ensureInstalled();
  const wrong = (await Promise.all(SOURCE_CHECKS.map(checkSources))).flat();
  const tests = await runTests();
  if (tests.code >= 128) return tests.code;
  if (process.env.BELAY_CHECK_SUMMARY) {
    writeFileSync(process.env.BELAY_CHECK_SUMMARY, `${tests.passed} passed, ${tests.failed + wrong.length} failed\n`);
  }
  if (tests.code !== 0) wrong.push('tests');
  say(wrong.length === 0 ? 'everything is in order' : `not in order: ${wrong.join(', ')}`);
  return wrong.length === 0 ? 0 : 1;
});

/** One after another; what one prints comes in one piece. Answers with what is wrong, and how to mend it. */
async function checkSources(checks) {
  const wrong = [];
  for (const [name, args, remedy] of checks) {
    const { code, output } = await capture(process.execPath, args, { cwd: ROOT });
    say(`${name}: ${code === 0 ? 'in order' : 'not in order'}`);
    if (code === 0) continue;
    process.stderr.write(output);
    wrong.push(remedy === '' ? name : `${name} (${remedy})`);
  }
  return wrong;
}

/** Through the command that people use. Tests that couldn't even be started are one failure. */
async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'belay-check-'));
  const summary = join(folder, 'tests.json');
  try {
    const env = { ...process.env, BELAY_TEST_SUMMARY: summary };
    const code = await run(NPM, ['test', '--silent'], { cwd: ROOT, env });
    return { ...read(summary), code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
}
