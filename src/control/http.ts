import { randomUUID } from 'node:crypto';
import { durationText } from '../domain/duration';
import { InputError } from '../domain/errors';
import type { FreezeEnd } from '../domain/freeze';
import { PLAN_FORMAT, type Plan } from '../domain/plan';
import type { AdjustFields, Answer, Control, HistoryRow, StartOrder, Started } from './control';
import { BEGIN_MS, Caller, pathOf } from './http/caller';
import { startBody } from './http/deployment-document';
import type { Artifacts } from './artifacts';
import { createHttpArtifacts } from './http/artifacts';
import type { ApiAddress } from './http/exchange';
import { createHttpFlags } from './http/flags';
import { createHttpInventory } from './http/inventory';
import {
  attemptOf,
  hookRunOf,
  deliveredOf,
  driftOf,
  eventOf,
  exposureOf,
  fleetOf,
  freezeOf,
  historyRowOf,
  instanceDocumentOf,
  instanceHistoryOf,
  pauseAnswerOf,
  runningOf,
  standingOf,
  startedOf,
  statusOf,
} from './http/read';
import { Misshapen, type Shape } from './http/shape';
import { createHttpTokens } from './http/tokens';
import { NO_EXPOSURE } from './exposure';
import type { Flags } from './flags';
import type { PeoplesInventory } from './inventory';
import type { DeploymentName } from './name';
import type { PeoplesTokens } from './tokens';
export type { ApiAddress } from './http/exchange';

/** The most that the API lists at once. */
const PAGE = 500;

/** A Belay whose API is asked. */
export interface Remote {
  control: Control;
  inventory: PeoplesInventory;
  tokens: PeoplesTokens;
  flags: Flags;
  artifacts: Artifacts;
  /** What a deployment would do now. */
  plan(order: Pick<StartOrder, 'spec' | 'overrideFreeze'>): Promise<Plan>;
  close(): void;
}

/** The control layer of a Belay elsewhere. Whoever asks is known there by their token: names given here are not sent. */
export function createRemote(address: ApiAddress): Remote {
  const caller = new Caller(address);
  return {
    control: createHttpControl(caller),
    inventory: createHttpInventory(caller),
    tokens: createHttpTokens(caller),
    flags: createHttpFlags(caller),
    artifacts: createHttpArtifacts(caller),
    plan: ({ spec, overrideFreeze }) =>
      caller.post('/deployments/dry-run', planOf, {
        body: startBody({ spec, ...(overrideFreeze === undefined ? {} : { overrideFreeze }) }),
        timeoutMs: BEGIN_MS,
      }),
    close: () => caller.close(),
  };
}

function createHttpControl(caller: Caller): Control {
  const status: Control['status'] = (name) => caller.get(at(name), standingOf);
  /** Of one that is named without its generation, what is told is about the one that is there now. */
  const whole = async (name: DeploymentName): Promise<string> =>
    at(name.generation === undefined ? { ...name, generation: (await status(name)).document.generation } : name);
  /** Begins something, once, however often it has to be sent. */
  const begin = <T>(path: string, body: object, read: (answer: Shape) => T): Promise<T> =>
    caller.post(path, read, { body, key: randomUUID(), timeoutMs: BEGIN_MS });
  return {
    status,
    start: (order) => begin('/deployments', startBody(order), startedOf),
    message: (name, kind, { by: _, generation: __, request_id: key = randomUUID(), ...fields }: AdjustFields) =>
      caller.post(`${at(name)}/${kind}`, deliveredOf, { body: fields, key }),
    overview: () =>
      caller.get('/overview', (answer) => ({
        running: answer.list('running').map(runningOf),
        in_flight: answer.list('in_flight').map(statusOf),
        frozen: answer.list('frozen').map(freezeOf),
      })),
    show: async (name) =>
      caller.get(`${await whole(name)}/details`, (answer) => ({
        exposure: NO_EXPOSURE,
        standing: standingOf(answer.of('status')),
        ...answer.optional('fleet', 'fleet', (shape, key) => fleetOf(shape.of(key))),
        instances: answer.list('instances').map(instanceDocumentOf),
        events: answer.list('events').map(eventOf),
        // An earlier API has none.
        ...answer.optional('exposure', 'exposure', (shape, key) => exposureOf(shape.of(key))),
      })),
    instances: async (name) =>
      caller.get(`${await whole(name)}/instances`, (answer) => answer.list('instances').map(instanceDocumentOf)),
    busy: async (name, limit) =>
      caller.get(`${await whole(name)}/busy`, (answer) => answer.texts('instances'), { limit }),
    history: (filter) => historyOf(caller, filter),
    instanceHistory: (filter) =>
      caller.get('/history', (answer) => answer.list('history').map(instanceHistoryOf), { ...filter }),
    events: async (name) => caller.get(`${await whole(name)}/events`, (answer) => answer.list('events').map(eventOf)),
    logs: async (name, instance) =>
      caller.get(`${await whole(name)}/logs`, (answer) => answer.list('attempts').map(attemptOf), { instance }),
    hookRuns: async (name) =>
      caller.get(`${await whole(name)}/logs`, (answer) => {
        // An earlier API has none.
        const { hooks = [] } = answer.optional('hooks', 'hooks', (shape, key) => shape.list(key));
        return hooks.map(hookRunOf);
      }),
    rollback: (name, { to, reason }) => begin(`${at(name)}/rollback`, { to, reason }, answerOf),
    rollbackToSnapshot: () => Promise.reject(new InputError('files of this machine are not sent to an API')),
    retry: (name, { instances, reason, overrideFreeze }) =>
      begin(
        `${at(name)}/retry`,
        { reason, override_freeze: overrideFreeze, ...(instances.length === 0 ? {} : { instances }) },
        answerOf,
      ),
    pauseAll: ({ reason }) =>
      caller.post('/deployments/pause', (answer) => answer.list('answers').map(pauseAnswerOf), {
        body: { reason },
        key: randomUUID(),
      }),
    freeze: ({ scope, reason, until, replace }) =>
      caller.post(
        '/freezes',
        (answer) => ({
          freeze: freezeOf(answer),
          ...answer.optional('replaced', 'replaced', (shape, key) => freezeOf(shape.of(key))),
          already: answer.flag('already'),
          in_flight: answer.texts('in_flight'),
          notices: answer.texts('notices'),
        }),
        { body: { ...scope, reason, until: until && endText(until), replace } },
      ),
    unfreeze: (scope, { reason }) =>
      caller.post(
        '/freezes/lift',
        (answer) => ({ freeze: freezeOf(answer), still: answer.list('still_frozen').map(freezeOf) }),
        { body: { ...scope, reason } },
      ),
    freezes: (filter) => caller.get('/freezes', (answer) => answer.list('freezes').map(freezeOf), { ...filter }),
    drift: (filter) => caller.get('/inventory/drift', driftOf, { ...filter }),
    // No verb asks for it: it is done where Belay runs.
    advance: () => Promise.reject(new Error('a deployment is moved on by POST /deploy/progress')),
    sweep: () => Promise.reject(new Error('fleets are not looked at through an API')),
    close: async () => caller.close(),
  };
}

/** A plan as it was made. */
function planOf(answer: Shape): Plan {
  if (answer.text('format') !== PLAN_FORMAT) throw new Misshapen('the plan is of another version');
  return answer.value as Plan;
}

/** The address of a service, or of one deployment of it. */
function at({ environment, service, generation }: DeploymentName): string {
  return `/deployments${pathOf(environment, service, ...(generation === undefined ? [] : [generation]))}`;
}

/** The newest first, page by page. */
async function historyOf(caller: Caller, { limit = Infinity, ...filter }: Parameters<Control['history']>[0]) {
  const rows: HistoryRow[] = [];
  for (;;) {
    const wanted = Math.min(PAGE, limit - rows.length);
    const { service, environment, instance } = filter;
    const query = { service, environment, instance, before: rows.at(-1)?.generation, limit: wanted };
    const page = await caller.get('/deployments', (answer) => answer.list('deployments').map(historyRowOf), query);
    rows.push(...page);
    if (page.length < wanted || rows.length >= limit) return rows;
  }
}

/** What a verb brought about: the message that was taken, the deployment that began, or nothing. */
function answerOf(answer: Shape): Answer {
  const { nothing } = answer.optional('nothing_to_do', 'nothing', (shape, key) => shape.text(key));
  if (nothing !== undefined) return { kind: 'nothing', reason: nothing };
  const { delivered } = answer.optional('delivered', 'delivered', () => deliveredOf(answer));
  if (delivered !== undefined) return { kind: 'delivered', delivered };
  const started: Started = startedOf(answer);
  return { kind: 'started', started, notices: answer.texts('notices') };
}

function endText(end: FreezeEnd): string {
  return end.kind === 'after' ? durationText(end.ms) : end.at.toISOString();
}
