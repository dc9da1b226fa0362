#!/usr/bin/env node
// npm test [-- jest's arguments]: brings the checkout to where tests can run, and runs them.
import { writeFileSync } from 'node:fs';
import { runTests } from './lib/jest.mjs';
import { prepare } from './lib/prepare.mjs';
import { main, say } from './lib/say.mjs';

await main(async () => {
  await prepare({ tools: ['cli', 'test-server'] });
  const { passed, failed, code } = await runTests(process.argv.slice(2));
  if (code >= 128) return code;
  say(`${passed} passed, ${failed} failed`);
  if (process.env.BELAY_TEST_SUMMARY) writeFileSync(process.env.BELAY_TEST_SUMMARY, JSON.stringify({ passed, failed }));
  return code;
});
