import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { DeploymentSpec, Instance, Versions } from '../domain';
import { InputError } from '../domain/errors';
import { DEFAULT_BATCHES } from './deployment/rolling';
import { readDesired } from './desired';
import { readInstances } from './instances';
import { refuseMisfits, type Loaded } from './load';
import { applyOptions, type DeployOptions, type Place } from './options';
import { whyUnreadable } from './read-text';

/** The two files, as they were named, and the options beside them. */
export interface TwoFiles {
  instances: string;
  desired: string;
  options: DeployOptions;
}

/** A deployment without a deployment.yaml; an InputError where the files or the options are wrong. */
export async function specOfFiles({ instances, desired, options }: TwoFiles, place: Place): Promise<Loaded> {
  const listed = await readInstances(instances);
  const release = await readDesired(desired);
  const loaded = { spec: await localSpec({ instances, listed, release, options }, place), instances: listed };
  refuseMisfits(loaded, options);
  return loaded;
}

/** The spec of a rollback to a snapshot file: it brings no release, so the given one is only a label. */
export async function specOfSnapshot({ instances, options }: Omit<TwoFiles, 'desired'>, place: Place): Promise<Loaded> {
  const listed = await readInstances(instances);
  const release = listed.find(({ versions }) => versions !== undefined)?.versions ?? {
    codeVersion: '-',
    configurationVersion: '-',
  };
  return { spec: await localSpec({ instances, listed, release, options }, place), instances: listed };
}

interface Local {
  instances: string;
  listed: Instance[];
  release: Versions;
  options: DeployOptions;
}

async function localSpec({ instances, listed, release, options }: Local, place: Place): Promise<DeploymentSpec> {
  refuseReal(instances, listed, options.driver);
  const file = await real(instances);
  const spec: DeploymentSpec = {
    service: serviceOf(file),
    environment: 'local',
    release,
    metadata: {},
    fleet: { kind: 'file', path: file },
    selection: { only: [], exclude: [], first: [] },
    unreachable: 'refuse',
    driver: { kind: 'simulated', latencyMs: 200, failures: {} },
    strategy: { kind: 'rolling', batching: { kind: 'batches', sizes: DEFAULT_BATCHES, pauseBetweenMs: 0 }, bakeMs: 0 },
    maxFailures: { kind: 'count', count: 0 },
    failedInstances: 'leave',
    onFailure: 'rollback',
    retry: { maxAttempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 30_000 },
    timeouts: { instanceMs: 300_000, healthMs: 60_000 },
    minHealthyMs: 0,
    healthIntervalMs: 10_000,
    approvals: [],
    order: { kind: 'name' },
    force: false,
    snapshotFile: path.join(path.dirname(file), '.snapshot.json'),
  };
  return applyOptions(spec, options, place);
}

/** Instances with an address are real: they are simulated only when somebody says so. */
function refuseReal(file: string, listed: Instance[], driver: string | undefined): void {
  const addressed = listed.find(({ address }) => address !== undefined);
  if (driver !== undefined || addressed === undefined) return;
  const message =
    `its instances have addresses (${addressed.name}: ${addressed.address ?? ''}), and nothing says how to change them; ` +
    'write a deployment.yaml with the driver command (`belay init` begins one), or give --driver simulated to change nothing';
  throw new InputError({ file, message });
}

async function real(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    throw new InputError({ file, message: whyUnreadable(error) });
  }
}

/** `instances-3fa9c1`: the file's name, and enough of its path's hash to tell it from others of that name. */
function serviceOf(file: string): string {
  const plain = path
    .parse(file)
    .name.replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 6);
  return `${plain.slice(0, 56) || 'fleet'}-${hash}`;
}
