#!/usr/bin/env node
// npm run demo [-- --keep]: the main job on something real, with nothing installed before.
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { run } from './lib/run.mjs';
import { main, ROOT } from './lib/say.mjs';

await main(async () => {
  await prepare({ tools: process.env.TEMPORAL_ADDRESS ? [] : ['cli'] });
  return run(process.execPath, [join(ROOT, 'examples/local-fleet/demo.mjs'), ...process.argv.slice(2)]);
});
