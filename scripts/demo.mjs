#!/usr/bin/env node
// npm run demo [-- --keep]: the main job on something real, with nothing installed before.
import { prepare } from './lib/prepare.mjs';
import { main } from './lib/say.mjs';

await main(async () => {
  await prepare({ tools: process.env.TEMPORAL_ADDRESS ? [] : ['cli'] });
  // In this very process, which signals then reach once.
  await import('../examples/demo/demo.mjs');
  return process.exitCode;
});
