#!/usr/bin/env node
// npm run bench [-- NAME…]: measures deployments, side by side with the ideal.
import { runCaged } from './lib/caged.mjs';
import { prepare } from './lib/prepare.mjs';
import { main } from './lib/say.mjs';

await main(async () => {
  await prepare({ tools: ['cli'] });
  return runCaged(['--import', 'tsx', 'bench/main.ts', ...process.argv.slice(2)]);
});
