import { Refused, Unreachable } from './control/errors';
import { createRemote } from './control/http';
import { InputError } from './domain/errors';
import { apiAddress } from './remote';
import type { Check } from './stack/doctor';

/** Whether the API that BELAY_API_URL names answers, and takes the token; never throws. */
export async function apiCheck(env: NodeJS.ProcessEnv): Promise<Check> {
  const name = 'API';
  try {
    const address = apiAddress(env);
    const remote = createRemote(address);
    await remote.control.overview().finally(() => remote.close());
    return { name, state: 'ok', detail: `${address.url} answers, and takes the token` };
  } catch (error) {
    const remedy = hintsOf(error).join('; ');
    const detail = error instanceof Error ? error.message : String(error);
    return { name, state: 'failed', detail, ...(remedy === '' ? {} : { remedy }) };
  }
}

function hintsOf(error: unknown): string[] {
  if (error instanceof Unreachable) return error.check;
  if (error instanceof Refused) return error.hints;
  return error instanceof InputError ? ['see "Through the API" in docs/command-line.md'] : [];
}
