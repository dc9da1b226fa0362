import { isTerminal } from '../domain';
import type { ArtifactStore } from '../domain/artifact';
import { orderMembers } from '../domain/plan';
import { advance } from './advance';
import type {
  Answer,
  Asker,
  Control,
  Details,
  Overview,
  SnapshotRollback,
  StartOrder,
  Started,
  Within,
} from './control';
import { checksIn, exposureDocument } from './exposure';
import { findDeployment, lookUp } from './find';
import type { ReadFleet } from './fleet-now';
import { freeze, unfreeze } from './freeze';
import { busyInstances, instancesOf } from './instances';
import { sendMessage, sendTraced } from './message';
import { refuseMissingArtifact } from './missing-artifact';
import type { DeploymentName } from './name';
import { pauseAll } from './pause-all';
import { driftDocument, findDrift, NOT_CONFIGURED, sweep, type DriftDocument } from './reconcile';
import { redoFailed } from './redo';
import { startDeployment, type Orchestrator } from './start';
import { standing, standingOf } from './status';
import type { DirectStore } from './store';
import { undoLatest, undoTo, undoToSnapshot, type UndoOrder } from './undo';

export interface DirectOptions extends Orchestrator {
  store: DirectStore;
  /** Whoever goes back to an older generation goes to the fleet as it is listed now. */
  readFleet: ReadFleet;
  artifacts: Pick<ArtifactStore, 'find'>;
}

/** The control layer on a Temporal client and a store of this very process. */
export function createControl(options: DirectOptions): Control {
  const { store, client } = options;
  const send = sender(options);
  const isPaused = async (name: DeploymentName) => (await standing(client, store, name)).document.status === 'paused';
  return {
    start: (order) => start(options, order),
    message: send,
    status: (name) => standing(client, store, name),
    overview: () => overview(options),
    show: (name) => show(options, name),
    instances: async (name) => instancesOf(client, store, await findDeployment(store, name)),
    busy: (name, limit) => busyInstances(client, name, limit),
    history: (filter) => store.deployments(filter),
    instanceHistory: (filter) => store.instanceHistory(filter),
    events: async (name, after = 0) =>
      store.events({ generation: (await findDeployment(store, name)).generation, after }),
    logs: async (name, instance) => store.attempts((await findDeployment(store, name)).generation, instance),
    hookRuns: async (name) => store.hookRuns((await findDeployment(store, name)).generation),
    rollback: (name, asker) => rollback(options, name, asker),
    rollbackToSnapshot: (order) => rollbackToSnapshot(options, order),
    retry: (name, asker) => retry(options, name, asker),
    pauseAll: (asker) =>
      pauseAll(store, (name, by) => send(name, 'pause', { ...fieldsOf(by), ...idOf(by) }), isPaused, asker),
    freeze: (order) => freeze(store, order),
    unfreeze: (scope, asker) => unfreeze(store, scope, asker),
    freezes: (filter) => store.freezes(filter),
    drift: (filter) => drift(store, filter),
    advance: (name) => advance(options.client, store, name),
    sweep: (within) => sweepNow(options, within),
    close: () => store.close(),
  };
}

/** A message that is traced goes to the one that it went to before, if it did. */
function sender({ client, store }: DirectOptions): Control['message'] {
  return (name, kind, fields, trace) =>
    trace === undefined
      ? sendMessage(client, store, name, kind, fields)
      : sendTraced(client, store, name, kind, fields, trace);
}

async function start(
  options: DirectOptions,
  { spec, instances, actor, trace, ...order }: StartOrder,
): Promise<Started> {
  await refuseMissingArtifact(options.artifacts, spec);
  const { note, expected, overrideFreeze } = order;
  const optional = {
    ...(note === undefined ? {} : { note }),
    ...(expected === undefined ? {} : { expected }),
    ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
  };
  return startDeployment(
    options,
    options.store,
    { kind: 'deploy', spec, actor, ...optional },
    orderMembers(spec, instances),
    trace?.id,
  );
}

async function overview({ client, store }: DirectOptions): Promise<Overview> {
  const [running, rows, frozen] = await Promise.all([store.running(), store.inFlight(), store.freezesInForce({})]);
  const standings = await Promise.all(rows.map((row) => standingOf(client, store, row)));
  return {
    running,
    in_flight: standings.filter((each) => !isTerminal(each.document.status)).map((each) => each.document),
    frozen,
  };
}

/** Whoever asks needn't wait until a sweep is due; after one of everything, the next one that is due comes later. */
async function sweepNow(options: DirectOptions, within: Within = {}): Promise<Started[]> {
  if (within.environments === undefined && within.services === undefined) await options.store.takeSweep(0);
  return sweep(options, within);
}

async function drift(
  store: DirectStore,
  { service, environment }: { service?: string; environment?: string },
): Promise<DriftDocument> {
  const settings = (await store.reconciliation()) ?? NOT_CONFIGURED;
  const services = await findDrift(store, settings.mode);
  const wanted = services.filter(
    ({ decisive }) =>
      (service ?? decisive.service) === decisive.service &&
      (environment ?? decisive.environment) === decisive.environment,
  );
  return driftDocument(settings, wanted);
}

async function show({ client, store }: DirectOptions, name: DeploymentName): Promise<Details> {
  const row = await findDeployment(store, name);
  const { generation } = row;
  const [stands, request, members, events, shifts, flagSteps, points, [last]] = await Promise.all([
    standingOf(client, store, row),
    store.request(row.requestId),
    instancesOf(client, store, row),
    store.events({ generation }),
    store.shifts(generation),
    store.flagSteps(generation),
    store.metricsHistory(generation),
    store.measurements(generation, 1),
  ]);
  const fleet = request === undefined ? {} : { fleet: request.spec.fleet };
  const exposure = exposureDocument({ checks: checksIn(request?.spec), shifts, flagSteps, points, last });
  return { standing: stands, ...fleet, instances: members, events, exposure };
}

async function rollback(
  options: DirectOptions,
  given: DeploymentName,
  asker: Asker & { to?: number },
): Promise<Answer> {
  if (asker.to !== undefined) {
    return startUndo(options, await undoTo(options.store, options.readFleet, given, asker.to, asker), asker);
  }
  const name = await meantName(options.store, given);
  if (asker.trace?.aim !== undefined || (await takesMessages(options, name))) {
    return { kind: 'delivered', delivered: await sender(options)(name, 'rollback', fieldsOf(asker), asker.trace) };
  }
  const row = await findDeployment(options.store, name);
  return startUndo(options, await undoLatest(options.store, options.readFleet, row, asker), asker);
}

async function rollbackToSnapshot(
  options: DirectOptions,
  { spec, instances, targets, ...asker }: SnapshotRollback,
): Promise<Answer> {
  const order = await undoToSnapshot(options.store, spec, orderMembers(spec, instances), targets, asker);
  if (order === undefined)
    return { kind: 'nothing', reason: 'every instance is as the snapshot says: there is nothing to roll back' };
  return startUndo(options, order, asker);
}

async function retry(
  options: DirectOptions,
  given: DeploymentName,
  asker: Asker & { instances: string[]; overrideFreeze?: string },
): Promise<Answer> {
  const { trace } = asker;
  if (trace?.aim !== undefined || (await takesMessages(options, given))) {
    const fields = { ...fieldsOf(asker), instances: asker.instances };
    return { kind: 'delivered', delivered: await sender(options)(given, 'retry', fields, trace) };
  }
  const row = await findDeployment(options.store, given);
  const { notices, ...order } = await redoFailed(options.store, options.readFleet, row, asker.instances);
  const { actor, reason = `retry of ${row.id}`, overrideFreeze } = asker;
  const override = overrideFreeze === undefined ? {} : { overrideFreeze };
  const traced = trace === undefined ? {} : { trace };
  const started = await start(options, { ...order, actor, note: reason, ...override, ...traced });
  return { kind: 'started', started, notices };
}

async function startUndo(
  options: DirectOptions,
  { request, members, notices }: UndoOrder,
  { trace }: Pick<Asker, 'trace'>,
): Promise<Answer> {
  const started = await startDeployment(options, options.store, request, members, trace?.id);
  return { kind: 'started', started, ...(notices === undefined ? {} : { notices }) };
}

/** Whoever names a service only, to undo, means what a person did last, and no repair since. */
async function meantName(store: DirectStore, name: DeploymentName): Promise<DeploymentName> {
  if (name.generation !== undefined) return name;
  const latest = await store.latest(name.environment, name.service);
  if (latest?.document.kind !== 'reconcile') return name;
  const meant = await store.latestByPeople(name.environment, name.service);
  return meant === undefined ? name : { ...name, generation: meant.generation };
}

/** One in flight does; so may one that hasn't begun. One that lost its orchestrator is treated as ended. */
async function takesMessages({ client, store }: DirectOptions, name: DeploymentName): Promise<boolean> {
  const row = await lookUp(store, name);
  if (row === undefined) return name.generation === undefined;
  if (isTerminal(row.status)) return false;
  return !(await standingOf(client, store, row)).lost;
}

/** Each deployment applies it once, however often it is sent. */
function idOf({ trace }: Asker): { request_id?: string } {
  return trace === undefined ? {} : { request_id: trace.id };
}

function fieldsOf({ actor, reason }: Asker): { by: string; reason?: string } {
  return { by: actor, ...(reason === undefined ? {} : { reason }) };
}
