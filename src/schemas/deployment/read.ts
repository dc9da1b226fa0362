import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { DeploymentSpec, FleetSource } from '../../domain';
import { InputError } from '../../domain/errors';
import { offsetOf, problemAt, type Source } from '../node';
import { parseWith, problemsAt } from '../parse-with';
import { readText, whyUnreadable } from '../read-text';
import { parseYaml } from '../yaml';
import { misplacedFor, type Where } from './remote';
import { deployment, type ParsedDeployment } from './schema';
import { specOf } from './spec-of';

const MOST_MIB = 1;

/** A spec with the text it came from, so that what is found wrong later still has a place. */
export interface ReadDeployment {
  spec: DeploymentSpec;
  source: Source;
}

/** The spec in a deployment.yaml, valid and with every default; an InputError otherwise. */
export async function readDeploymentFile(file: string): Promise<DeploymentSpec> {
  return (await readDeployment(file)).spec;
}

export async function readDeployment(file: string, where: Where = 'here'): Promise<ReadDeployment> {
  const source = parseYaml(file, await readText(file, MOST_MIB));
  const parsed = parseWith(deployment, source);
  const misplaced = misplacedFor(where, parsed).map(({ path: at, message }) => ({
    offset: offsetOf(source.root, at),
    message: `${at.join('.')} ${message}`,
  }));
  if (misplaced.length > 0) throw new InputError(problemsAt(source, misplaced));
  const directory = path.dirname(await realpath(file));
  return { spec: specOf(parsed, directory, await fleetOf(parsed.fleet, directory, source)), source };
}

async function fleetOf(fleet: ParsedDeployment['fleet'], directory: string, source: Source): Promise<FleetSource> {
  if (fleet === undefined) return { kind: 'none' };
  const { file, labels = {} } = fleet;
  if (file === undefined) return { kind: 'inventory', labels };
  return { kind: 'file', path: await fleetFile(file, directory, source) };
}

/** The real path of the fleet's file: it is half of the key of every claim. */
async function fleetFile(named: string, directory: string, source: Source): Promise<string> {
  const file = path.resolve(directory, named);
  try {
    return await realpath(file);
  } catch (error) {
    const message = `fleet.file: ${file} ${whyUnreadable(error)}`;
    throw new InputError(problemAt(source, offsetOf(source.root, ['fleet', 'file']), message));
  }
}
