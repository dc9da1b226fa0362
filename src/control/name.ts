import { InputError } from '../domain/errors';
import { isName } from '../domain/names';

/** What a person calls a deployment: a service's one in flight (or its latest), or one by its generation. */
export interface DeploymentName {
  environment: string;
  service: string;
  generation?: number;
}

const GENERATION = /^[1-9][0-9]{0,15}$/;
const FORM = 'write environment/service or environment/service/generation, such as production/web or production/web/12';

/** Reads `environment/service` or `environment/service/generation`. */
export function parseDeploymentName(text: string): DeploymentName {
  const [environment = '', service, generation, ...rest] = text.split('/');
  if (service === undefined || rest.length > 0) throw bad(`"${text}" doesn't name a deployment: ${FORM}`);
  for (const part of [environment, service]) {
    if (!isName(part)) throw bad(`"${part}" in "${text}" is not a name of an environment or a service: ${FORM}`);
  }
  if (generation === undefined) return { environment, service };
  if (!GENERATION.test(generation)) {
    throw bad(`"${generation}" in "${text}" is not a generation (a number from 1): ${FORM}`);
  }
  return { environment, service, generation: Number(generation) };
}

/** The name as people write it. */
export function deploymentNameText(name: DeploymentName): string {
  const service = `${name.environment}/${name.service}`;
  return name.generation === undefined ? service : `${service}/${name.generation}`;
}

function bad(message: string): InputError {
  return new InputError({ message });
}
