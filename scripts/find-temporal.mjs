#!/usr/bin/env node
// Prints, as JSON, where Temporal's programs are, and the folder for fetched ones; fetches what is missing unless --no-fetch is given.
// Usage: node scripts/find-temporal.mjs [cli] [test-server] [--no-fetch]
import { cacheDir } from './lib/cache.mjs';
import { findTool } from './lib/find.mjs';
import { main, say } from './lib/say.mjs';

await main(async () => {
  const args = process.argv.slice(2);
  const kinds = args.filter((arg) => !arg.startsWith('--'));
  const found = { cache: cacheDir() };
  for (const kind of kinds.length > 0 ? kinds : ['cli']) {
    found[kind] = (await findTool(kind, { say, fetch: !args.includes('--no-fetch') })) ?? null;
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
});
