import { healthOf, HEALTH_WORDS, type Instance, type Snapshot } from '../domain';
import { InputError } from '../domain/errors';
import { suggestion } from '../domain/names';
import { parseJson } from './json';
import { offsetOf, type Source } from './node';
import { object } from './object';
import { parseWith, problemsAt } from './parse-with';
import { readText } from './read-text';
import { choice, digest, mapOf, name } from './scalars';
import { bothOrNeither, versionOrNull, versionsOf } from './versions';

const MOST_MIB = 64;

const entry = object(
  {
    instance_id: name('instance'),
    code_version: versionOrNull('version of the code'),
    configuration_version: versionOrNull('version of the configuration'),
    artifact: digest().optional(),
    health: choice(HEALTH_WORDS),
  },
  'write an object with instance_id, code_version, configuration_version and health',
).superRefine(bothOrNeither);

const snapshot = mapOf(entry, 'a snapshot is a map from instance ids to what each ran; is it the right file?').refine(
  (value) => Object.keys(value).length > 0,
  { error: 'names no instances, so there is nothing to go back to; is it the right file?' },
);

/**
 * What a snapshot file says of each instance. With a fleet it must fit: every instance that it names is listed there.
 * Instances that it doesn't name weren't touched, and stay as they are.
 */
export async function readSnapshot(file: string, fleet?: Instance[]): Promise<Map<string, Snapshot>> {
  const source = parseJson(file, await readText(file, MOST_MIB));
  const parsed = Object.entries(parseWith(snapshot, source));
  refuseMisfits(source, parsed, fleet);
  return new Map(
    parsed.map(([id, each]) => {
      const versions = versionsOf(each.code_version, each.configuration_version, each.artifact);
      return [id, { health: healthOf(each.health), ...(versions === undefined ? {} : { versions }) }];
    }),
  );
}

function refuseMisfits(
  source: Source,
  parsed: [string, { instance_id: string }][],
  fleet: Instance[] | undefined,
): void {
  const listed = new Set(fleet?.map((instance) => instance.name));
  const found = parsed.flatMap(([id, { instance_id }]) => {
    if (id !== instance_id) {
      const message = `${id}.instance_id is ${JSON.stringify(instance_id)}; write the same id as its key, ${JSON.stringify(id)}`;
      return [{ offset: offsetOf(source.root, [id, 'instance_id']), message }];
    }
    if (fleet === undefined || listed.has(id)) return [];
    const meant = suggestion(id, listed) || 'use the snapshot and the instances of the same fleet';
    const message = `the snapshot does not fit the fleet: it names ${JSON.stringify(id)}, which the fleet doesn't list; ${meant}`;
    return [{ offset: offsetOf(source.root, [id], 'key'), message }];
  });
  if (found.length > 0) throw new InputError(problemsAt(source, found));
}
