#!/usr/bin/env node
// npm run check: all that CI runs. Every part runs, so that one look tells all that is to be done.
import { join } from 'node:path';
import { writeFileSync, readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ensureInstalled } from './lib/install.mjs';
import { run } from './lib/run.mjs';
import { main, ROOT, say } from './lib/say.mjs';

const PARTS = [
  [
    'format',
    ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
    '`npm run format` mends it',
  ],
  ['lint', ['node_modules/eslint/bin/eslint.js', '.'], 'some of it `npx eslint . --fix` mends'],
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.'], ''],
  ['unused code', ['node_modules/knip/bin/knip.js'], 'remove it, or use it'],
];

await main(async () => {
  await ensureInstalled();
  const folder = mkdtempSync(join(tmpdir(), 'belay-check-'));
  const summary = join(folder, 'tests.json');
  const failed = [];
  const node = (args, env = process.env) => run(process.execPath, args, { cwd: ROOT, env });
  try {
    for (const [name, args, remedy] of PARTS) {
      say(name);
      const code = await node(args);
      if (code >= 128) return code;
      if (code !== 0) failed.push(remedy === '' ? name : `${name} (${remedy})`);
    }
    say('tests');
    const code = await node(['scripts/test.mjs'], { ...process.env, BELAY_TEST_SUMMARY: summary });
    if (code >= 128) return code;
    if (code !== 0) failed.push('tests');
    const tests = read(summary);
    const total = { passed: tests.passed, failed: tests.failed + failed.filter((name) => name !== 'tests').length };
    if (process.env.BELAY_CHECK_SUMMARY)
      writeFileSync(process.env.BELAY_CHECK_SUMMARY, `${total.passed} passed, ${total.failed} failed\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say(failed.length === 0 ? 'everything is in order' : `not in order: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
});

/** Tests that couldn't even be started are one failure. */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
}
