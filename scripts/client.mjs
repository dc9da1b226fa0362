#!/usr/bin/env node
// npm run client -- VERB …: the command line, built first when the sources are newer.
import Module from 'node:module';
import { join } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { main, ROOT } from './lib/say.mjs';

await main(async () => {
  await prepare();
  // In this very process: its signals, its terminal and its exit code are the command's own.
  process.setSourceMapsEnabled(true);
  process.argv[1] = join(ROOT, 'dist', 'client.js');
  Module.runMain();
});
