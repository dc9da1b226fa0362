import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Approval, DeploymentSpec, FleetSource, Order, Versions } from '../../domain';
import { InputError } from '../../domain/errors';
import { offsetOf, problemAt, type Source } from '../node';
import { parseWith, problemsAt } from '../parse-with';
import { readText, whyUnreadable } from '../read-text';
import { parseYaml } from '../yaml';
import { analysisOf } from './analysis';
import { driverNameOf, driverSpec } from './driver';
import { misplacedFor, type Where } from './remote';
import { deployment, type ParsedDeployment } from './schema';
import { strategyOf } from './strategy';

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

async function fleetOf(
  { file, labels = {} }: ParsedDeployment['fleet'],
  directory: string,
  source: Source,
): Promise<FleetSource> {
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

/** @param directory the folder that relative paths of its driver count from */
export function specOf(parsed: ParsedDeployment, directory: string, fleet: FleetSource): DeploymentSpec {
  const { retry, timeouts } = parsed;
  const simulated = parsed.driver.type === 'simulated';
  const driverName = driverNameOf(parsed.driver);
  return {
    service: parsed.service,
    environment: parsed.environment,
    release: versionsOf(parsed.release),
    metadata: parsed.metadata,
    fleet,
    selection: { only: parsed.fleet.only ?? [], exclude: parsed.fleet.exclude, first: parsed.fleet.first },
    unreachable: parsed.unreachable,
    driver: driverSpec(parsed.driver, directory),
    ...(driverName === undefined ? {} : { driverName }),
    strategy: strategyOf(parsed.strategy),
    maxFailures: parsed.max_failures,
    failedInstances: parsed.failed_instances,
    onFailure: parsed.on_failure,
    ...(parsed.rollback.batch_size === undefined ? {} : { rollbackBatchSize: parsed.rollback.batch_size }),
    retry: {
      maxAttempts: retry.max_attempts,
      initialIntervalMs: retry.initial_interval,
      backoff: retry.backoff,
      maxIntervalMs: retry.max_interval,
    },
    timeouts: {
      instanceMs: timeouts.instance,
      healthMs: timeouts.health,
      ...(timeouts.deployment === undefined ? {} : { deploymentMs: timeouts.deployment }),
    },
    minHealthyMs: parsed.min_healthy_time ?? (simulated ? 0 : 10_000),
    healthIntervalMs: parsed.health_interval,
    approvals: parsed.approvals.map(approvalOf),
    ...(parsed.analysis === undefined || parsed.metrics === undefined
      ? {}
      : { analysis: analysisOf(parsed.analysis, parsed.metrics) }),
    order: orderOf(parsed.order),
    force: false,
    ...(fleet.kind === 'file' ? { snapshotFile: path.join(path.dirname(fleet.path), '.snapshot.json') } : {}),
  };
}

function versionsOf(release: ParsedDeployment['release']): Versions {
  const { code_version: codeVersion, configuration_version: configurationVersion, artifact } = release;
  return { codeVersion, configurationVersion, ...(artifact === undefined ? {} : { artifact }) };
}

function approvalOf({ before_batch, timeout, on_timeout }: ParsedDeployment['approvals'][number]): Approval {
  return { beforeBatch: before_batch, ...(timeout === undefined ? {} : { timeoutMs: timeout }), onTimeout: on_timeout };
}

function orderOf(parsed: ParsedDeployment['order']): Order {
  return typeof parsed === 'string' ? { kind: parsed } : { kind: 'label', label: parsed.label };
}
