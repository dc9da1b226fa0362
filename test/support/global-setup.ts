import { startTestPostgres } from './postgres';
import { startTestTemporal } from './temporal';

/** Runs once before the tests that need servers. */
export default async function globalSetup(): Promise<void> {
  await Promise.all([startTestPostgres(), startTestTemporal()]);
}
