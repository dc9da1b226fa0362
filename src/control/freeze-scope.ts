import { InputError } from '../domain/errors';
import type { FreezeScope } from '../domain/freeze';
import { isName } from '../domain/names';

const FORM =
  "write environment/service, such as production/web, or 'environment/*' (in quotes) for all of an environment, or leave it out for everything";

/** Reads `environment/service` or `environment/*`; nothing means everything. */
export function parseFreezeScope(text: string | undefined): FreezeScope {
  if (text === undefined) return {};
  const [environment = '', service, ...rest] = text.split('/');
  if (service === undefined || rest.length > 0) {
    throw new InputError(`"${text}" doesn't name what to freeze: ${FORM}`);
  }
  for (const part of service === '*' ? [environment] : [environment, service]) {
    if (!isName(part)) {
      throw new InputError(`"${part}" in "${text}" is not a name of an environment or a service: ${FORM}`);
    }
  }
  return service === '*' ? { environment } : { environment, service };
}
