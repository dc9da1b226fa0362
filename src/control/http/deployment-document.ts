import { releaseDocument, type Approval, type DeploymentSpec, type DriverSpec, type Order } from '../../domain';
import { durationText } from '../../domain/duration';
import { InputError } from '../../domain/errors';
import { sizeText } from '../../domain/size';
import type { StartOrder } from '../control';
import { analysisDocuments } from './analysis-document';
import { aroundDocuments } from './around-document';
import { strategyDocument, waitingDocument } from './strategy-document';

/** The body that starts a deployment, or plans one. */
export function startBody({ spec, note, overrideFreeze, expected }: Omit<StartOrder, 'instances' | 'actor'>): object {
  return {
    deployment: deploymentDocument(spec),
    note,
    override_freeze: overrideFreeze,
    force: spec.force,
    expected: expected?.map(({ name, versions }) => ({
      instance_id: name,
      ...(versions === undefined ? { code_version: null, configuration_version: null } : releaseDocument(versions)),
    })),
  };
}

/** The deployment.yaml that means the same, as JSON. Whatever lies on this machine can't be in it. */
export function deploymentDocument(spec: DeploymentSpec): Record<string, unknown> {
  const { retry, timeouts } = spec;
  return {
    service: spec.service,
    environment: spec.environment,
    release: { ...releaseDocument(spec.release), ...(spec.flags === undefined ? {} : { flags: spec.flags }) },
    metadata: spec.metadata,
    ...placeDocument(spec),
    unreachable: spec.unreachable,
    strategy: strategyDocument(spec.strategy),
    ...aroundDocuments(spec),
    max_failures: sizeText(spec.maxFailures),
    failed_instances: spec.failedInstances,
    on_failure: spec.onFailure,
    rollback: spec.rollbackBatchSize === undefined ? {} : { batch_size: sizeText(spec.rollbackBatchSize) },
    retry: {
      max_attempts: retry.maxAttempts,
      initial_interval: durationText(retry.initialIntervalMs),
      backoff: retry.backoff,
      max_interval: durationText(retry.maxIntervalMs),
    },
    timeouts: {
      instance: durationText(timeouts.instanceMs),
      health: durationText(timeouts.healthMs),
      ...(timeouts.deploymentMs === undefined ? {} : { deployment: durationText(timeouts.deploymentMs) }),
    },
    min_healthy_time: durationText(spec.minHealthyMs),
    health_interval: durationText(spec.healthIntervalMs),
    approvals: spec.approvals.map(approvalDocument),
    ...analysisDocuments(spec.analysis, spec.metrics),
    order: orderDocument(spec.order),
  };
}

/** Absent where there are no instances. */
function placeDocument({ fleet, selection, driver, driverName }: DeploymentSpec): object {
  if (fleet.kind === 'file') throw new InputError('a fleet that a file lists is not sent to an API');
  if (fleet.kind === 'none') return {};
  return {
    fleet: {
      labels: fleet.labels,
      ...(selection.only.length === 0 ? {} : { only: selection.only }),
      exclude: selection.exclude,
      first: selection.first,
    },
    driver: driverName === undefined ? driverDocument(driver) : { name: driverName },
  };
}

function driverDocument(driver: DriverSpec): object | undefined {
  switch (driver.kind) {
    case 'none':
      return undefined;
    case 'agent':
      return { type: 'agent' };
    case 'simulated':
      return { type: 'simulated', latency: durationText(driver.latencyMs), failures: driver.failures };
    case 'command':
    case 'ssh':
      throw new InputError(`the commands of a driver of the type ${driver.kind} are not sent to an API`);
  }
}

function approvalDocument({ beforeBatch, timeoutMs, onTimeout }: Approval): object {
  return { before_batch: beforeBatch, ...waitingDocument({ timeoutMs, onTimeout }) };
}

function orderDocument(order: Order): unknown {
  return order.kind === 'label' ? { label: order.label } : order.kind;
}
