import { stopTestPostgres } from './postgres';
import { stopTestTemporal } from './temporal';

/** Runs once after the tests that need servers. */
export default async function globalTeardown(): Promise<void> {
  await Promise.all([stopTestPostgres(), stopTestTemporal()]);
}
