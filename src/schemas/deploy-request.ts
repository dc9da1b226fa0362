import type { z } from 'zod';
import type { DeploymentSpec, DriverSpec } from '../domain';
import { isName } from '../domain/names';
import { selector } from './http';
import { object } from './object';
import {
  anyText,
  choice,
  converted,
  digest,
  duration,
  generation as drawnGeneration,
  integer,
  limit,
  line,
  list,
  mapOf,
  name,
  positiveDuration,
  size,
  version,
} from './scalars';

const configuration = object(
  {
    batch_size: size().prefault('1').describe('How many are in flight at a time; the next one starts when one ends.'),
    failure_threshold: limit().prefault('0').describe('How many may fail; one more trips. 0: the first failure trips.'),
    on_failure: choice(['rollback', 'pause', 'abort']).prefault('rollback'),
    unreachable: choice(['refuse', 'exclude', 'include']).prefault('refuse'),
    rollback_batch_size: size().optional(),
    instance_timeout: positiveDuration().prefault('5m').describe('How long one change may take.'),
    health_timeout: positiveDuration().prefault('60s').describe('How long an instance may take to become good.'),
    deployment_timeout: positiveDuration().optional(),
    min_healthy_time: duration().prefault('10s').describe('How long it must be healthy to count as good.'),
    health_interval: positiveDuration().prefault('10s'),
    bake: duration().prefault('0s').describe('How long all are watched at the end.'),
    max_attempts: integer(1, 100).prefault('3'),
    exclude: list(name('instance'), 'write a list of instances').prefault([]),
    first: list(name('instance'), 'write a list of instances').prefault([]),
    force: choice(['true', 'false']).prefault('false').meta({ type: 'true or false' }),
  },
  'write a map like { "batch_size": 3, "failure_threshold": 1 }',
);

const driverName = converted('name', 'write the name of a driver that belay.yaml defines, or agent', (text) =>
  isName(text) ? text : undefined,
);

/** `POST /deploy`. There is no command in it: agents run what their own files say, drivers what belay.yaml says. */
export const deployRequest = object(
  {
    code_version: version('version of the code'),
    configuration_version: version('version of the configuration'),
    artifact: digest().optional().describe('The digest of the artifact that they come in; pushed before.'),
    labels: selector
      .optional()
      .describe('Which instances: those that carry all of these. Without them, those of the service in belay.yaml.'),
    driver: driverName
      .optional()
      .describe('A driver of belay.yaml, or agent. Without it, that of the service in belay.yaml, else agent.'),
    configuration: configuration.prefault({}),
    service: name('service').prefault('default'),
    environment: name('environment').optional().describe('Without it, the label environment or env; else default.'),
    note: line('write why').optional(),
    metadata: mapOf(anyText('write a text'), 'write a map of texts').prefault({}),
    override_freeze: line('write why it must be deployed all the same').optional(),
  },
  'write { "code_version", "configuration_version", "labels" }',
).superRefine(({ configuration: how }, context) => {
  if (typeof how !== 'object' || !(how.min_healthy_time >= how.health_timeout)) return;
  const message = 'is not shorter than health_timeout, so that no instance could ever become good';
  context.addIssue({ code: 'custom', path: ['configuration', 'min_healthy_time'], message });
});

export type DeployRequest = z.output<typeof deployRequest>;

/** What belay.yaml has to say about a request. */
export interface Resolved {
  labels: Record<string, string>;
  driver: DriverSpec;
  driverName?: string;
}

/** What is to be done, with every default. */
export function specOfRequest(request: DeployRequest, { labels, driver, driverName }: Resolved): DeploymentSpec {
  const { configuration: how } = request;
  const fromLabels = labels.environment ?? labels.env;
  return {
    service: request.service,
    environment: request.environment ?? fromLabels ?? 'default',
    release: {
      codeVersion: request.code_version,
      configurationVersion: request.configuration_version,
      ...(request.artifact === undefined ? {} : { artifact: request.artifact }),
    },
    metadata: request.metadata,
    fleet: { kind: 'inventory', labels },
    selection: { only: [], exclude: how.exclude, first: how.first },
    unreachable: how.unreachable,
    driver,
    ...(driverName === undefined ? {} : { driverName }),
    strategy: { kind: 'rolling', batching: { kind: 'window', size: how.batch_size }, bakeMs: how.bake },
    maxFailures: how.failure_threshold,
    failedInstances: 'leave',
    onFailure: how.on_failure,
    ...(how.rollback_batch_size === undefined ? {} : { rollbackBatchSize: how.rollback_batch_size }),
    retry: { maxAttempts: how.max_attempts, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 30_000 },
    timeouts: {
      instanceMs: how.instance_timeout,
      healthMs: how.health_timeout,
      ...(how.deployment_timeout === undefined ? {} : { deploymentMs: how.deployment_timeout }),
    },
    minHealthyMs: how.min_healthy_time,
    healthIntervalMs: how.health_interval,
    approvals: [],
    order: { kind: 'name' },
    force: how.force === 'true',
  };
}

const generation = drawnGeneration(1);
const reason = line('write why').optional();
const instances = list(name('instance'), 'write a list of instances').optional();

/** A service in an address, and one deployment of it. */
export const serviceName = object({ environment: name('environment'), service: name('service') }, 'name a service');
export const deploymentName = object(
  { environment: name('environment'), service: name('service'), generation },
  'name a deployment',
);

/** `GET /deploy/status`; `POST /deploy/rollback` takes the same in its body. */
export const statusQuery = object(
  { service: name('service').prefault('default'), environment: name('environment').prefault('default') },
  'write ?service=web&environment=production',
);

/** `GET /inventory/drift` */
export const driftQuery = object(
  { service: name('service').optional(), environment: name('environment').optional() },
  'write ?service=web&environment=production',
);

/** `POST /deploy/progress`: without names, the only one in flight. */
export const progressRequest = object(
  { service: name('service').optional(), environment: name('environment').optional() },
  'write { "service", "environment" }, or {}',
).prefault({});

export const rollbackRequest = object(
  {
    service: name('service').prefault('default'),
    environment: name('environment').prefault('default'),
    to: generation.optional().describe('Go back to what ran after this generation.'),
    reason,
  },
  'write { "service", "environment" }',
).prefault({});

/** `GET /deployments` */
export const deploymentsQuery = object(
  {
    service: name('service').optional(),
    environment: name('environment').optional(),
    instance: name('instance').optional(),
    before: generation.optional().describe('Those older than this generation.'),
    limit: integer(1, 500).prefault('50'),
  },
  'write a query like ?service=web&limit=50',
);

/** `GET /history` */
export const historyQuery = object(
  { instance: name('instance'), service: name('service').optional(), environment: name('environment').optional() },
  'write a query like ?instance=web-03',
);

/** What was printed: by all, or by one. */
export const logsQuery = object({ instance: name('instance').optional() }, 'write a query like ?instance=web-03');
export const busyQuery = object({ limit: integer(1, 500).prefault('8') }, 'write a query like ?limit=8');

export const pauseRequest = object({ reason }, 'write { "reason": "…" }').prefault({});

/** What each message takes beside the reason. */
export const MESSAGES = {
  abort: object({ reason }, 'write { "reason": "…" }').prefault({}),
  pause: object({ reason }, 'write { "reason": "…" }').prefault({}),
  resume: object({ reason }, 'write { "reason": "…" }').prefault({}),
  approve: object({ reason }, 'write { "reason": "…" }').prefault({}),
  reject: object({ reason }, 'write { "reason": "…" }').prefault({}),
  promote: object({ reason }, 'write { "reason": "…" }').prefault({}),
  skip: object({ reason, instances }, 'write { "instances": ["web-03"] }').prefault({}),
  adjust: object(
    {
      reason,
      batch_size: size().optional(),
      window: integer(1, 1_000_000).optional(),
      max_failures: limit().optional(),
    },
    'write { "batch_size": 3 }',
  ).refine((given) => (given.batch_size ?? given.window ?? given.max_failures) !== undefined, {
    error: 'changes nothing; write batch_size, window or max_failures',
  }),
} as const;

export const retryRequest = object(
  { reason, instances, override_freeze: line('write why').optional() },
  'write { "instances": ["web-03"] }',
).prefault({});
export const rollbackOne = object({ reason, to: generation.optional() }, 'write { "reason": "…" }').prefault({});
export type MessageWord = keyof typeof MESSAGES;
export type MessageBody = z.output<(typeof MESSAGES)[MessageWord]>;
