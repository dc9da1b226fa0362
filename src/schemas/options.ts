import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { DeploymentSpec, RollingStrategy, Size, Strategy } from '../domain';
import { InputError, type Problem } from '../domain/errors';
import type { Where } from './deployment/remote';
import { rehearsalOf } from './rehearsal';
import { choice, limit, line, name, size } from './scalars';

/** What the command line gives beside a file, as it was typed. */
export interface DeployOptions {
  batchSize?: string;
  window?: string;
  maxFailures?: string;
  onFailure?: string;
  driver?: string;
  service?: string;
  environment?: string;
  only?: string[];
  exclude?: string[];
  first?: string[];
  force?: boolean;
  snapshot?: string;
}

/** Options as values; each undefined where it wasn't given. */
export interface ReadOptions {
  batchSize?: Size | undefined;
  window?: Size | undefined;
  maxFailures?: Size | undefined;
  onFailure?: DeploymentSpec['onFailure'] | undefined;
  driver?: 'simulated' | 'command' | 'ssh' | undefined;
  service?: string | undefined;
  environment?: string | undefined;
  only?: string[] | undefined;
  exclude?: string[] | undefined;
  first?: string[] | undefined;
  force: boolean;
  snapshot?: string | undefined;
}

/** Reads options with the schemas that files are read with; an InputError naming every option that is wrong. */
export function readOptions(given: DeployOptions): ReadOptions {
  const problems: Problem[] = [];
  const read = reader(problems);
  const options: ReadOptions = {
    batchSize: read('--batch-size', size(), given.batchSize),
    window: read('--window', size(), given.window),
    maxFailures: read('--max-failures', limit(), given.maxFailures),
    onFailure: read('--on-failure', choice(['rollback', 'pause', 'abort']), given.onFailure),
    driver: read('--driver', choice(['simulated', 'command', 'ssh'], ['agent']), given.driver),
    service: read('--service', name('service'), given.service),
    environment: read('--environment', name('environment'), given.environment),
    only: given.only?.flatMap((each) => read('--only', name('instance'), each) ?? []),
    exclude: given.exclude?.flatMap((each) => read('--exclude', name('instance'), each) ?? []),
    first: given.first?.flatMap((each) => read('--first', name('instance'), each) ?? []),
    force: given.force ?? false,
    snapshot: read('--snapshot', line('write the path of a file', 4096), given.snapshot),
  };
  // As from an empty variable: nobody must not become everybody.
  if (given.only?.length === 0) {
    problems.push({ message: '--only names no instance; name at least one, or leave it out to target all' });
  }
  if (given.batchSize !== undefined && given.window !== undefined) {
    problems.push({ message: '--window stands beside --batch-size; keep one' });
  }
  if (problems.length > 0) throw new InputError(problems);
  return options;
}

function reader(problems: Problem[]) {
  return <Schema extends z.ZodType>(option: string, schema: Schema, text: string | undefined) => {
    if (text === undefined) return undefined;
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    problems.push(...result.error.issues.map(({ message }) => ({ message: `${option} ${message}` })));
    return undefined;
  };
}

/** What a path on the command line counts from, and who carries the deployment out. */
export interface Place {
  directory: string;
  where?: Where;
}

/** A spec with the command line's options in place of what its file says; an InputError where they don't fit it. */
export function applyOptions(written: DeploymentSpec, given: DeployOptions, place: Place): DeploymentSpec {
  const options = readOptions(given);
  if (written.fleet.kind === 'none') refusePlaceless(given);
  const spec = driverFor(written, options.driver);
  return {
    ...spec,
    service: options.service ?? spec.service,
    environment: options.environment ?? spec.environment,
    selection: {
      only: options.only ?? spec.selection.only,
      exclude: options.exclude ?? spec.selection.exclude,
      first: options.first ?? spec.selection.first,
    },
    strategy: strategyFor(spec, options),
    maxFailures: options.maxFailures ?? spec.maxFailures,
    onFailure: options.onFailure ?? spec.onFailure,
    force: options.force || spec.force,
    ...(options.snapshot === undefined ? {} : { snapshotFile: snapshotFor(spec, options.snapshot, place) }),
  };
}

/** Options about instances, as they are typed. */
const OF_INSTANCES = {
  batchSize: '--batch-size',
  window: '--window',
  driver: '--driver',
  only: '--only',
  exclude: '--exclude',
  first: '--first',
  snapshot: '--snapshot',
} as const;

function refusePlaceless(given: DeployOptions): void {
  const problems = Object.entries(OF_INSTANCES)
    .filter(([key]) => given[key as keyof typeof OF_INSTANCES] !== undefined)
    .map(([, option]) => ({
      message: `${option} is of instances, and this deployment turns on features; leave it out`,
    }));
  if (problems.length > 0) throw new InputError(problems);
}

/** The snapshot would take the place of the fleet. */
function snapshotFor({ fleet }: DeploymentSpec, given: string, { directory, where }: Place): string {
  if (where === 'api') {
    const remedy = 'leave it out (the database keeps what ran before), or deploy where Belay runs';
    throw new InputError(`--snapshot ${given} is a file of your machine, which the API can't write; ${remedy}`);
  }
  const file = path.resolve(directory, given);
  const names = [file, path.join(real(path.dirname(file)), path.basename(file))];
  if (fleet.kind === 'file' && names.includes(fleet.path)) {
    throw new InputError(`--snapshot ${given} is the file that lists the fleet; name another one`);
  }
  return file;
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function driverFor(spec: DeploymentSpec, asked: ReadOptions['driver']): DeploymentSpec {
  if (asked === undefined || asked === spec.driver.kind) return spec;
  if (asked === 'simulated') return rehearsalOf(spec);
  throw new InputError(
    `--driver is "${asked}", which needs more than a name: an update command and a health check; write them into a deployment.yaml (\`belay init\` begins one)`,
  );
}

function strategyFor(spec: DeploymentSpec, { batchSize, window }: ReadOptions): Strategy {
  const { strategy, approvals } = spec;
  if (strategy.kind !== 'rolling') return otherwisePaced(strategy, batchSize, window);
  const { batching } = strategy;
  if (batchSize !== undefined) {
    const pauseBetweenMs = batching.kind === 'batches' ? batching.pauseBetweenMs : 0;
    return { ...strategy, batching: { kind: 'batches', sizes: [batchSize], pauseBetweenMs } };
  }
  if (window === undefined) return strategy;
  const late = approvals.find(({ beforeBatch }) => beforeBatch > 1);
  if (late !== undefined) {
    throw new InputError(
      `--window makes one batch, and the file asks for an approval before batch ${late.beforeBatch}; use --batch-size`,
    );
  }
  if (batching.kind === 'batches' && batching.pauseBetweenMs > 0) {
    throw new InputError('--window has no batches, and the file asks for a pause between them; use --batch-size');
  }
  return { ...strategy, batching: { kind: 'window', size: window } };
}

/** Only the size of batches can be said here of what isn't rolling. */
function otherwisePaced(strategy: Exclude<Strategy, RollingStrategy>, batchSize?: Size, window?: Size): Strategy {
  if (window !== undefined) {
    throw new InputError(
      `--window is of rolling deployments, and the file asks for ${strategy.kind}; use --batch-size`,
    );
  }
  return batchSize === undefined || strategy.kind === 'feature_flags' ? strategy : { ...strategy, batchSize };
}
