import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startTestTemporal } from './temporal';

/** Runs once before the tests that need servers. */
export default async function globalSetup(): Promise<void> {
  await Promise.all([startDatabase(), startTestTemporal()]);
}

/** Until the store is there. */
async function startDatabase(): Promise<void> {
  if (!existsSync(join(__dirname, '../../src/store/index.ts'))) return;
  await (await import('./postgres')).startTestPostgres();
}
