#!/usr/bin/env node
// npm run bench [-- NAME…]: measures deployments, side by side with the ideal.
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { run } from './lib/run.mjs';
import { main, ROOT } from './lib/say.mjs';

await main(async () => {
  await prepare({ tools: ['cli'] });
  return run(process.execPath, ['--import', 'tsx', join(ROOT, 'bench/main.ts'), ...process.argv.slice(2)], {
    cwd: ROOT,
  });
});
