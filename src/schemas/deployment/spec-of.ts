import path from 'node:path';
import type { Approval, DeploymentSpec, FleetSource, Order, Strategy, Versions } from '../../domain';
import { analysisOf, sourceOf } from './analysis';
import { driverNameOf, driverSpec } from './driver';
import { featureVersions } from './feature-flags';
import { groupsOf } from './groups';
import { hookNamesOf, hooksOf, stepHooks } from './hooks';
import type { ParsedDeployment } from './schema';
import { strategyOf } from './strategy';
import { trafficNameOf, writtenIn } from './traffic';
import { ON_TIMEOUT } from './waiting';
import { windowsOf } from './windows';

/** @param directory the folder that relative paths of its commands count from */
export function specOf(parsed: ParsedDeployment, directory: string, fleet: FleetSource): DeploymentSpec {
  const { retry, timeouts, driver } = parsed;
  const strategy = strategyOf(parsed.strategy, parsed.analysis?.monitoring_duration);
  return {
    service: parsed.service,
    environment: parsed.environment,
    release: versionsOf(parsed.release, strategy),
    metadata: parsed.metadata,
    fleet,
    selection: {
      only: parsed.fleet?.only ?? [],
      exclude: parsed.fleet?.exclude ?? [],
      first: parsed.fleet?.first ?? [],
    },
    unreachable: parsed.unreachable,
    ...driverOf(driver, directory),
    strategy,
    ...trafficOf(parsed.traffic, directory),
    ...hooksIn(parsed.hooks, directory, strategy),
    ...(parsed.windows === undefined ? {} : { windows: windowsOf(parsed.windows) }),
    ...(parsed.groups === undefined ? {} : { groups: groupsOf(parsed.groups) }),
    ...flagsOf(parsed.release),
    maxFailures: parsed.max_failures ?? { kind: 'count', count: 0 },
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
    minHealthyMs: parsed.min_healthy_time ?? (driver?.type === 'simulated' || driver === undefined ? 0 : 10_000),
    healthIntervalMs: parsed.health_interval,
    approvals: parsed.approvals.map(approvalOf),
    ...(parsed.analysis === undefined || parsed.metrics === undefined
      ? {}
      : { analysis: analysisOf(parsed.analysis, parsed.metrics) }),
    ...(strategy.kind === 'experiment' && parsed.metrics !== undefined ? { metrics: sourceOf(parsed.metrics) } : {}),
    order: orderOf(parsed.order),
    force: false,
    ...(fleet.kind === 'file' ? { snapshotFile: path.join(path.dirname(fleet.path), '.snapshot.json') } : {}),
  };
}

function versionsOf(release: ParsedDeployment['release'], strategy: Strategy): Versions {
  if (release === undefined) return featureVersions(strategy);
  const { code_version: codeVersion, configuration_version: configurationVersion, artifact } = release;
  return { codeVersion, configurationVersion, ...(artifact === undefined ? {} : { artifact }) };
}

function flagsOf(release: ParsedDeployment['release']): Pick<DeploymentSpec, 'flags'> {
  const flags = release?.flags ?? {};
  return Object.keys(flags).length === 0 ? {} : { flags };
}

function driverOf(
  parsed: ParsedDeployment['driver'],
  directory: string,
): Pick<DeploymentSpec, 'driver' | 'driverName'> {
  if (parsed === undefined) return { driver: { kind: 'none' } };
  const driverName = driverNameOf(parsed);
  return { driver: driverSpec(parsed, directory), ...(driverName === undefined ? {} : { driverName }) };
}

function trafficOf(
  parsed: ParsedDeployment['traffic'],
  directory: string,
): Pick<DeploymentSpec, 'traffic' | 'trafficName'> {
  const trafficName = trafficNameOf(parsed);
  const traffic = writtenIn(parsed, directory);
  return { ...(traffic === undefined ? {} : { traffic }), ...(trafficName === undefined ? {} : { trafficName }) };
}

function hooksIn(
  parsed: ParsedDeployment['hooks'],
  directory: string,
  strategy: Strategy,
): Pick<DeploymentSpec, 'hooks' | 'hookNames'> {
  const hooks = hooksOf(parsed, directory, stepHooks(strategy));
  const hookNames = hookNamesOf(parsed);
  return {
    ...(Object.keys(hooks).length === 0 ? {} : { hooks }),
    ...(Object.keys(hookNames).length === 0 ? {} : { hookNames }),
  };
}

function approvalOf({ before_batch, timeout, on_timeout }: ParsedDeployment['approvals'][number]): Approval {
  const timeoutMs = timeout === undefined ? {} : { timeoutMs: timeout };
  return { beforeBatch: before_batch, ...timeoutMs, onTimeout: on_timeout ?? ON_TIMEOUT };
}

function orderOf(parsed: ParsedDeployment['order']): Order {
  return typeof parsed === 'string' ? { kind: parsed } : { kind: 'label', label: parsed.label };
}
