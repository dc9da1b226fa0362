import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stopTestTemporal } from './temporal';

/** Runs once after the tests that need servers. */
export default async function globalTeardown(): Promise<void> {
  await Promise.all([stopDatabase(), stopTestTemporal()]);
}

/** Until the store is there. */
async function stopDatabase(): Promise<void> {
  if (!existsSync(join(__dirname, '../../src/store/index.ts'))) return;
  await (await import('./postgres')).stopTestPostgres();
}
