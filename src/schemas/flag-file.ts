import type { FlagChange } from '../domain/flags';
import { InputError } from '../domain/errors';
import { changeOf, flagFile } from './flag';
import { parseJson } from './json';
import { typedOf } from './node';
import { parseWith } from './parse-with';
import { readText } from './read-text';

/** What a file says of a flag, and which version of it whoever wrote the file has seen. */
export async function readFlagFile(
  file: string,
  name: { environment: string; key: string },
): Promise<{ change: FlagChange; version?: number }> {
  const written = parseWith(flagFile, parseJson(file, await readText(file, 1)), typedOf);
  for (const part of ['environment', 'key'] as const) {
    const said = written[part];
    if (said === undefined || said === name[part]) continue;
    throw new InputError({
      file,
      message: `is about the ${part} ${said}, and ${name[part]} is meant; is it the right file?`,
    });
  }
  const { version } = written;
  return { change: changeOf(written), ...(version === undefined ? {} : { version }) };
}
