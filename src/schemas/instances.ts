import type { z } from 'zod';
import { healthOf, HEALTH_WORDS, type Instance } from '../domain';
import { InputError } from '../domain/errors';
import { labelVariable } from '../domain/label-variable';
import { parseJson } from './json';
import { offsetOf, placeOf, type Source } from './node';
import { object } from './object';
import { parseWith, problemsAt } from './parse-with';
import { readText } from './read-text';
import { anyText, choice, converted, digest, list, mapOf, name } from './scalars';
import { bothOrNeither, versionOrNull, versionsOf } from './versions';
import { shown } from './wording';

const MOST_MIB = 64;

const address = converted(
  'address',
  'write host:port, or a base URL like http://10.0.0.3:8080',
  (text) => (isHostAndPort(text) || isBaseUrl(text) ? text : undefined),
  // Not shown: it may be a secret.
  (text, right) => (text.includes('@') ? `holds a user name or a password; ${right}` : `is ${shown(text)}; ${right}`),
);

function isHostAndPort(text: string): boolean {
  const port = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

/** A password in an address would be shown wherever the address is: it is refused. */
function isBaseUrl(text: string): boolean {
  if (!/^https?:\/\/\S+$/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

const instance = object(
  {
    instance_id: name('instance'),
    code_version: versionOrNull('version of the code'),
    configuration_version: versionOrNull('version of the configuration'),
    artifact: digest().optional(),
    health: choice(HEALTH_WORDS).optional(),
    address: address.optional(),
    labels: mapOf(anyText('write a text'), 'write a map of texts, like { "zone": "a" }')
      .superRefine(eachItsVariable)
      .optional(),
  },
  'write an object with instance_id, code_version and configuration_version',
).superRefine(bothOrNeither);

const instances = list(
  instance,
  'write a list of instances, like [{ "instance_id": "web-01", "code_version": "1.4.0", "configuration_version": "11" }]',
  1,
);

/** Commands are told labels as environment variables: of two with the same one, one would be lost. */
function eachItsVariable(labels: Record<string, string>, context: z.core.$RefinementCtx): void {
  const taken = new Map<string, string>();
  for (const label of Object.keys(labels)) {
    const variable = labelVariable(label);
    const other = taken.get(variable);
    taken.set(variable, label);
    if (other === undefined) continue;
    const message = `becomes ${variable} in a command's environment, as ${shown(other)} does; rename one of them`;
    context.addIssue({ code: 'custom', path: [label], message });
  }
}

/** The fleet that an instances.json lists, in its order; an InputError otherwise. */
export async function readInstances(file: string): Promise<Instance[]> {
  const source = parseJson(file, await readText(file, MOST_MIB));
  const parsed = parseWith(instances, source);
  refuseDuplicates(
    source,
    parsed.map(({ instance_id }) => instance_id),
  );
  return parsed.map((each) => {
    const versions = versionsOf(each.code_version, each.configuration_version, each.artifact);
    return {
      name: each.instance_id,
      labels: each.labels ?? {},
      ...(versions === undefined ? {} : { versions }),
      ...(each.health === undefined ? {} : { health: healthOf(each.health) }),
      ...(each.address === undefined ? {} : { address: each.address }),
    };
  });
}

function refuseDuplicates(source: Source, names: string[]): void {
  const first = new Map<string, number>();
  const found: { offset: number; message: string }[] = [];
  const offset = (index: number) => offsetOf(source.root, [index, 'instance_id']);
  for (const [index, each] of names.entries()) {
    const earlier = first.get(each);
    if (earlier === undefined) first.set(each, index);
    else {
      const { line: at } = placeOf(source.text, offset(earlier));
      const message = `[${index}].instance_id ${JSON.stringify(each)} is listed already, on line ${at}; each instance needs an id of its own`;
      found.push({ offset: offset(index), message });
    }
  }
  if (found.length > 0) throw new InputError(problemsAt(source, found));
}
