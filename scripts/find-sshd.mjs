#!/usr/bin/env node
// Prints, as JSON, what the tests' ssh server is made of; fetches what is missing.
import { main, say } from './lib/say.mjs';
import { findSshd } from './lib/sshd.mjs';

await main(async () => {
  process.stdout.write(`${JSON.stringify(await findSshd({ say }))}\n`);
});
