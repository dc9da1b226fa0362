/** Runs once after the tests that need servers. */
export default async function globalTeardown(): Promise<void> {}
