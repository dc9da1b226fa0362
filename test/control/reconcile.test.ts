import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { HEALTH } from '../../src/domain';
import type { ReconcileMode } from '../../src/domain/reconcile';
import type { DeploymentName } from '../../src/control/name';
import { keepReconciled } from '../../src/reconciler';
import { Agents, obey, type Behaviour } from '../support/agents';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const OTHER = { codeVersion: '0.9.0', configurationVersion: '1' };
const { FAILED } = HEALTH;

let belay: Belay;
let fleets: Agents[] = [];
let serial = 0;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
});
afterAll(() => belay.shut());
afterEach(async () => {
  await Promise.all(fleets.map((each) => each.end()));
  fleets = [];
});

type Spec = NonNullable<Parameters<typeof simulatedOrder>[3]>;

/** Obeys what is news to it, as real agents do: whatever changed behind its back stays as it is. */
const steady: Behaviour = (state, desired, name) =>
  desired.generation > state.generation || desired.attempt > (state.attempt ?? 1)
    ? obey(state, desired, name)
    : undefined;

/** A service whose instances have agents. */
class Service {
  readonly name: DeploymentName = uniqueService();
  readonly prefix = `drifter-${serial++}`;
  readonly fleet: Agents;

  private constructor(unknownAfterMs?: number) {
    this.fleet = new Agents(belay.store, unknownAfterMs);
    fleets.push(this.fleet);
  }

  static async of(count: number, unknownAfterMs?: number): Promise<Service> {
    const service = new Service(unknownAfterMs);
    const names = Array.from({ length: count }, (_, index) => `${service.prefix}-${index}`);
    await service.fleet.add(names, OLD);
    return service;
  }

  named = (suffix: string | number) => `${this.prefix}-${suffix}`;

  async start(spec: Spec = {}) {
    const order = simulatedOrder(folder.path, this.name, [], {
      driver: { kind: 'agent' },
      fleet: this.fleet.fleet,
      ...spec,
    });
    const { snapshotFile: _, ...rest } = order.spec;
    const instances = await belay.store.matching(this.fleet.fleet.labels);
    return belay.control.start({ ...order, spec: rest, instances });
  }

  async deployed(spec: Spec = {}): Promise<string> {
    const { id } = await this.start(spec);
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
    return id;
  }

  /** It runs something else, by nobody's order. */
  async drift(suffix: string | number, versions = OTHER): Promise<void> {
    const name = this.named(suffix);
    this.fleet.behaviours.set(name, steady);
    this.fleet.states.set(name, { ...this.fleet.states.get(name)!, versions });
    await this.reports(name, ({ versions: now }) => now?.codeVersion === versions.codeVersion);
  }

  async reports(name: string, wanted: (row: Awaited<ReturnType<typeof reported>>) => boolean): Promise<void> {
    while (!wanted(await reported(name))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async differing() {
    const { services } = await belay.control.drift(this.name);
    return services[0]!.instances.map(({ instance_id, kind, will, reason }) => {
      const short = { who: instance_id.slice(this.prefix.length + 1), kind, will };
      return reason === null ? short : { ...short, reason };
    });
  }

  /** The repair of this service that a sweep begins, if it begins one. */
  async sweep() {
    const started = await belay.control.sweep();
    return started.find(({ id }) => id.startsWith(`${this.name.environment}/${this.name.service}/`));
  }

  async events(type: string) {
    return (await belay.store.events({})).filter(
      (each) => each.type === type && each.service === this.name.service && each.environment === this.name.environment,
    );
  }
}

async function reported(name: string) {
  return (await belay.store.inventoryInstance(name))!;
}

const mode = (word: ReconcileMode) => belay.store.configureReconciliation({ mode: word, intervalMs: 30_000 });

it('brings whoever joined after a deployment to what it left, once, and says so', async () => {
  await mode('report');
  const web = await Service.of(2);
  const left = await web.deployed();
  await web.fleet.add([web.named('late')], OLD);
  expect(await web.differing()).toEqual([{ who: 'late', kind: 'newcomer', will: 'bring' }]);
  const { id } = (await web.sweep())!;
  expect(await belay.ended(id)).toMatchObject({
    status: 'succeeded',
    kind: 'reconcile',
    actor: 'reconcile',
    note: `to what ${left} left: 1 joined`,
    counts: { total: 1, succeeded: 1 },
  });
  expect(web.fleet.states.get(web.named('late'))).toMatchObject({ versions: NEW });
  expect(await web.differing()).toEqual([]);
  expect(await web.sweep()).toBeUndefined();
  expect(await web.events('drift_found')).toMatchObject([
    {
      instance: web.named('late'),
      by: 'reconcile',
      reason: expect.stringContaining('reports 1.0.0 / 1, wanted 1.1.0 / 2'),
    },
  ]);
  expect(await web.events('drift_gone')).toMatchObject([{ instance: web.named('late') }]);
});

it('only reports who drifted, once, and repairs them where it may', async () => {
  await mode('report');
  const web = await Service.of(3);
  await web.deployed();
  await web.drift(1);
  const reason = 'reconcile only reports';
  expect(await web.differing()).toEqual([{ who: '1', kind: 'drifted', will: 'nothing', reason }]);
  expect(await web.sweep()).toBeUndefined();
  expect(await web.sweep()).toBeUndefined();
  expect(await web.events('drift_found')).toHaveLength(1);
  await mode('repair');
  expect(await web.differing()).toEqual([{ who: '1', kind: 'drifted', will: 'repair' }]);
  const { id } = (await web.sweep())!;
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { total: 1 } });
  expect(web.fleet.states.get(web.named(1))).toMatchObject({ versions: NEW });
  // What a person did last is still what `rollback` undoes.
  const undone = await belay.control.rollback(web.name, { actor: 'ann' });
  expect(undone.kind).toBe('started');
  if (undone.kind === 'started') await belay.ended(undone.started.id);
  expect([...web.fleet.states.values()].map(({ versions }) => versions)).toEqual([OLD, OLD, OLD]);
  expect(await web.differing()).toEqual([]);
});

it('stops a repair for a deployment that comes, which follows', async () => {
  await mode('repair');
  const web = await Service.of(2);
  await web.deployed();
  await web.drift(0);
  // The repair never ends by itself.
  web.fleet.behaviours.set(web.named(0), (state, desired, name) =>
    desired.versions.codeVersion === NEW.codeVersion ? undefined : obey(state, desired, name),
  );
  const { id: repair } = (await web.sweep())!;
  await belay.until(repair, ({ counts }) => counts.in_flight === 1);
  const release = { codeVersion: '1.2.0', configurationVersion: '3' };
  const { id } = await web.start({ release });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 2 } });
  expect(await belay.ended(repair)).toMatchObject({ status: 'aborted' });
  expect(await web.events('repair_stopped')).toMatchObject([{ by: 'ann@here', reason: repair }]);
  expect(await web.events('abort')).toMatchObject([
    { by: 'ann@here', reason: expect.stringContaining('it makes way for a deployment of') },
  ]);
});

it('does not repeat a repair that failed, until the instance reports something else or registers again', async () => {
  await mode('repair');
  const web = await Service.of(2);
  await web.deployed();
  await web.drift(0);
  const broken = web.named(0);
  web.fleet.behaviours.set(broken, (state, { generation, versions, attempt }) => {
    if (generation <= state.generation) return undefined;
    return versions.codeVersion === NEW.codeVersion
      ? { ...state, generation, attempt, health: FAILED, reason: 'no space left' }
      : { versions, generation, attempt, health: HEALTH.HEALTHY };
  });
  const { id } = (await web.sweep())!;
  expect(await belay.ended(id)).toMatchObject({ status: 'rolled_back' });
  for (let again = 0; again < 2; again++) expect(await web.sweep()).toBeUndefined();
  const reason = expect.stringContaining(`${id}: it reports that it failed: no space left`);
  expect(await web.differing()).toEqual([{ who: '0', kind: 'repair_failed', will: 'nothing', reason }]);
  expect(await web.events('repair_given_up')).toMatchObject([{ instance: broken, reason }]);
  await web.drift(0, { codeVersion: '0.8.0', configurationVersion: '1' });
  const again = (await web.sweep())!;
  expect(await belay.ended(again.id)).toMatchObject({ status: 'succeeded' });
  expect(await web.differing()).toEqual([]);
});

it('waits while it is frozen', async () => {
  await mode('repair');
  const web = await Service.of(1);
  await web.deployed();
  await web.drift(0);
  const frozen = await belay.control.freeze({ scope: web.name, by: 'bob', reason: 'audit', replace: false });
  expect(await web.sweep()).toBeUndefined();
  expect(await web.differing()).toMatchObject([
    { kind: 'drifted', will: 'wait', reason: expect.stringContaining('audit') },
  ]);
  await belay.control.unfreeze(frozen.freeze.scope, { actor: 'bob' });
  expect(await belay.ended((await web.sweep())!.id)).toMatchObject({ status: 'succeeded' });
});

it('leaves alone what a person deployed to by name, and everybody after a deployment that ended badly', async () => {
  await mode('repair');
  const web = await Service.of(3);
  await web.deployed();
  const canary = { codeVersion: '2.0.0', configurationVersion: '9' };
  const id = await web.deployed({ release: canary, selection: { only: [web.named(1)], exclude: [], first: [] } });
  const reason = `${id} had it by name: that is left as it is`;
  expect(await web.differing()).toEqual([{ who: '1', kind: 'drifted', will: 'nothing', reason }]);
  expect(await web.sweep()).toBeUndefined();
  web.fleet.behaviours.set(web.named(0), (state, { generation }) => ({ ...state, generation, health: FAILED }));
  const bad = await web.start({ release: canary, onFailure: 'abort' });
  expect(await belay.ended(bad.id)).toMatchObject({ status: 'failed' });
  const { services } = await belay.control.drift(web.name);
  expect(services).toMatchObject([
    { desired: null, reason: expect.stringContaining(`${bad.id} ended failed`), instances: [] },
  ]);
  expect(await web.sweep()).toBeUndefined();
});

it('tells once that an instance fell silent, and once that it is back', async () => {
  const web = await Service.of(1, 300);
  await web.deployed();
  const name = web.named(0);
  web.fleet.behaviours.set(name, steady);
  const state = web.fleet.states.get(name)!;
  web.fleet.states.set(name, { ...state, mute: true });
  await web.reports(name, ({ silent }) => silent);
  for (let again = 0; again < 2; again++) await web.sweep();
  expect(await web.differing()).toMatchObject([{ kind: 'silent', will: 'nothing' }]);
  web.fleet.states.set(name, state);
  await web.reports(name, ({ silent }) => !silent);
  await web.sweep();
  const events = (await belay.store.events({})).filter(({ instance }) => instance === name).map(({ type }) => type);
  expect(events.filter((type) => type.startsWith('instance_'))).toEqual(['instance_silent', 'instance_back']);
});

it('sweeps by itself beside a worker, over its connection, as often as it is told', async () => {
  const web = await Service.of(1);
  await web.deployed();
  await web.fleet.add([web.named('late')], OLD);
  const connection = await NativeConnection.connect({ address: belay.environment.TEMPORAL_ADDRESS! });
  const warnings: unknown[] = [];
  const end = keepReconciled(
    { client: new Client({ connection }), taskQueue: belay.taskQueue, store: belay.store },
    { mode: 'report', intervalMs: 1_000 },
    { warn: (...all) => warnings.push(all) },
  );
  await web.reports(web.named('late'), ({ versions }) => versions?.codeVersion === NEW.codeVersion);
  await belay.ended((await belay.control.history(web.name))[0]!.id);
  end();
  expect(warnings).toEqual([]);
  await connection.close();
});
