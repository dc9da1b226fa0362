import type { Versions } from '../domain';
import { parseJson } from './json';
import { object } from './object';
import { parseWith } from './parse-with';
import { readText } from './read-text';
import { version } from './scalars';

const desired = object(
  {
    code_version: version('version of the code to bring'),
    configuration_version: version('version of the configuration to bring'),
  },
  'write { "code_version": "1.5.0", "configuration_version": "12" }',
);

/** The release that a desired.json asks for; an InputError otherwise. */
export async function readDesired(file: string): Promise<Versions> {
  const parsed = parseWith(desired, parseJson(file, await readText(file, 1)));
  return { codeVersion: parsed.code_version, configurationVersion: parsed.configuration_version };
}
