/** Runs once before the tests that need servers. */
export default async function globalSetup(): Promise<void> {}
