#!/usr/bin/env node
// Prints, as JSON, where a HAProxy is; fetches it where it is missing.
import { findHaproxy } from './lib/haproxy.mjs';
import { main, say } from './lib/say.mjs';

await main(async () => {
  process.stdout.write(`${JSON.stringify(await findHaproxy({ say }))}\n`);
});
