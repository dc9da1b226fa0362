#!/usr/bin/env node
// Prints, as JSON, where a Prometheus is; fetches it where it is missing.
import { findPrometheus } from './lib/prometheus.mjs';
import { main, say } from './lib/say.mjs';

await main(async () => {
  process.stdout.write(`${JSON.stringify(await findPrometheus({ say }))}\n`);
});
