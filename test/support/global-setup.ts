import { startTestPostgres } from './postgres';
import { startTestTemporal } from './temporal';

const OWN =
  /^(DATABASE_URL|TEMPORAL_(?!CLI_PATH|TEST_SERVER_PATH).*|BELAY_(STATE_DIR|TASK_QUEUE|WEB_UI|API_(URL|TOKEN|CA)|ACTOR|DEBUG|LOG_LEVEL))$/;

/** Runs once before the tests that need servers; a person's own servers and state are none of theirs. */
export default async function globalSetup(): Promise<void> {
  for (const name of Object.keys(process.env)) if (OWN.test(name)) delete process.env[name];
  process.env.TEMPORAL_CONFIG_FILE = '/nowhere';
  await Promise.all([startTestPostgres(), startTestTemporal()]);
}
