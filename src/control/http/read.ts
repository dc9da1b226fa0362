import {
  HEALTH,
  HEALTH_WORDS,
  STATUSES,
  type Health,
  type InstanceDocument,
  type StatusDocument,
  type Versions,
} from '../../domain';
import type { FreezeScope } from '../../domain/freeze';
import type {
  AttemptRow,
  Delivered,
  EventRow,
  HookRunRow,
  FleetSource,
  FreezeRow,
  HistoryRow,
  InstanceHistoryRow,
  PauseAnswer,
  RunningRow,
  Standing,
  Started,
} from '../control';
import { NO_EXPOSURE, type ExposureDocument } from '../exposure';
import type { DriftDocument } from '../reconcile';
import { date, Misshapen, number, text, type Shape } from './shape';

/** Where a deployment stands: the document, and beside it what only the API knows. */
export function standingOf(answer: Shape): Standing {
  const {
    standing: _,
    notice: __,
    ...document
  } = answer.value as StatusDocument & { standing: unknown; notice?: string };
  checkStatus(answer);
  const about = answer.of('standing');
  return {
    document,
    source: about.text('source') === 'workflow' ? 'workflow' : 'database',
    recorded: about.flag('recorded'),
    lost: about.flag('lost'),
    ...answer.optional('notice', 'notice', text),
  };
}

/** A status document as it was sent. */
export function statusOf(answer: Shape): StatusDocument {
  checkStatus(answer);
  return answer.value as StatusDocument;
}

/** What is shown of it goes by these. */
function checkStatus(answer: Shape): void {
  const status = answer.text('status');
  if (!STATUSES.some((each) => each === status)) throw new Misshapen(`${status} is no status`);
  for (const key of ['id', 'environment', 'service', 'started_at', 'actor']) answer.text(key);
  for (const key of ['counts', 'step', 'links', 'metadata']) answer.of(key);
  answer.list('failures');
}

export function historyRowOf(answer: Shape): HistoryRow {
  const document = statusOf(answer);
  return {
    generation: document.generation,
    id: document.id,
    workflowId: document.workflow_id,
    runId: document.run_id,
    service: document.service,
    environment: document.environment,
    status: document.status,
    ...answer.optional('rollback_generation', 'rollbackGeneration', number),
    ...answer.optional('rollback_of', 'rollbackOf', number),
    document,
    startedAt: answer.date('started_at'),
    ...answer.optional('ended_at', 'endedAt', date),
  };
}

export function instanceDocumentOf(answer: Shape): InstanceDocument {
  answer.text('instance_id');
  answer.text('state');
  return answer.value as InstanceDocument;
}

export function eventOf(answer: Shape): EventRow {
  return {
    id: answer.number('id'),
    at: answer.date('at'),
    type: answer.text('type'),
    ...answer.optional('generation', 'generation', number),
    ...answer.optional('instance', 'instance', text),
    ...answer.optional('flag', 'flag', text),
    ...answer.optional('by', 'by', text),
    ...answer.optional('reason', 'reason', text),
  };
}

/** What a release got and how it did, as it was sent. */
export function exposureOf(answer: Shape): ExposureDocument {
  for (const shift of answer.list('traffic_history')) shift.number('traffic_percent');
  for (const check of answer.list('metrics_history')) check.list('points');
  // An earlier API tells less.
  return { ...NO_EXPOSURE, ...(answer.value as ExposureDocument) };
}

export function attemptOf(answer: Shape): AttemptRow {
  return {
    generation: answer.number('generation'),
    name: answer.text('instance_id'),
    attempt: answer.number('attempt'),
    towards: answer.text('towards') === 'snapshot' ? 'snapshot' : 'release',
    startedAt: answer.date('started_at'),
    ...answer.optional('ended_at', 'endedAt', date),
    ...answer.optional('ok', 'ok', (shape, key) => shape.flag(key)),
    ...answer.optional('reason', 'reason', text),
    ...answer.optional('output', 'output', text),
  };
}

export function hookRunOf(answer: Shape): HookRunRow {
  return {
    generation: answer.number('generation'),
    number: answer.number('run'),
    hook: answer.text('hook'),
    moment: answer.text('moment'),
    startedAt: answer.date('started_at'),
    endedAt: answer.date('ended_at'),
    ...answer.optional('reason', 'fault', text),
    ...answer.optional('output', 'output', text),
  };
}

export function runningOf(answer: Shape): RunningRow {
  return {
    ...changeOf(answer),
    instances: answer.number('instances'),
    mixed: answer.flag('mixed'),
  };
}

export function instanceHistoryOf(answer: Shape): InstanceHistoryRow {
  return { ...changeOf(answer), instance: answer.text('instance_id'), generation: answer.number('generation') };
}

function changeOf(answer: Shape) {
  return {
    service: answer.text('service'),
    environment: answer.text('environment'),
    versions: versionsOf(answer),
    since: answer.date('since'),
    by: answer.text('by'),
    ...(answer.flag('found') ? { found: true as const } : {}),
  };
}

/** What a release document says. */
export function versionsOf(answer: Shape): Versions {
  return {
    codeVersion: answer.text('code_version'),
    configurationVersion: answer.text('configuration_version'),
    ...answer.optional('artifact', 'artifact', text),
  };
}

export function freezeOf(answer: Shape): FreezeRow {
  return {
    id: answer.number('id'),
    scope: scopeOf(answer),
    by: answer.text('by'),
    reason: answer.text('reason'),
    since: answer.date('since'),
    ...answer.optional('until', 'until', date),
    isInForce: answer.flag('in_force'),
    ...answer.optional('lifted', 'lifted', (shape, key) => {
      const lifted = shape.of(key);
      return { at: lifted.date('at'), by: lifted.text('by'), ...lifted.optional('reason', 'reason', text) };
    }),
  };
}

function scopeOf(answer: Shape): FreezeScope {
  return {
    ...answer.optional('environment', 'environment', text),
    ...answer.optional('service', 'service', text),
  };
}

export function fleetOf(answer: Shape): FleetSource {
  return answer.text('kind') === 'file'
    ? { kind: 'file', path: answer.text('path') }
    : { kind: 'inventory', labels: labelsOf(answer.of('labels')) };
}

export function labelsOf({ value }: Shape): Record<string, string> {
  return value as Record<string, string>;
}

export function deliveredOf(answer: Shape): Delivered {
  return {
    deployment: answer.text('deployment'),
    message: answer.text('message') as Delivered['message'],
    delivered: answer.text('delivered') === 'signal' ? 'signal' : 'update',
    ...answer.optional('notice', 'notice', text),
  };
}

export function startedOf(answer: Shape): Started {
  return {
    id: answer.text('id'),
    generation: answer.number('generation'),
    workflow_id: answer.text('workflow_id'),
    run_id: answer.text('run_id'),
  };
}

export function pauseAnswerOf(answer: Shape): PauseAnswer {
  const deployment = answer.text('deployment');
  if (!answer.flag('ok')) return { deployment, ok: false, reason: answer.text('reason') };
  const { delivered } = answer.optional('delivered', 'delivered', (shape, key) => deliveredOf(shape.of(key)));
  return delivered === undefined ? { deployment, ok: true, already: true } : { deployment, ok: true, delivered };
}

/** Who differs, as it was sent. */
export function driftOf(answer: Shape): DriftDocument {
  answer.of('reconcile').text('mode');
  for (const service of answer.list('services')) service.list('instances');
  return answer.value as DriftDocument;
}

/** As the API counts it; files and plans have words for it. */
export function healthOf(answer: Shape, key: string): Health {
  const health = Object.values(HEALTH).find((each) => each === answer.number(key));
  if (health === undefined) throw new Misshapen(`${key} is none of ${HEALTH_WORDS.join(', ')}`);
  return health;
}
