import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StartOrder } from '../../src/control/control';
import { parseDeploymentName, type DeploymentName } from '../../src/control/name';
import type { DeploymentSpec, FeatureFlagsStrategy } from '../../src/domain';
import type { AnalysisSpec } from '../../src/domain/analysis';
import { plainFlag } from '../../src/domain/flags';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { cliContext } from '../support/cli';
import { temporaryFolder } from '../support/files';

/** Features that are turned on, and taken back, on a real server and database. */

const folder = temporaryFolder();
let belay: Belay;
let stats: Server;
/** While this flag is on, requests fail. */
let broken: { environment: string; key: string } | undefined;
let flags = 0;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  stats = createServer((_, response) => {
    const flag = broken === undefined ? undefined : belay.store.flag(broken);
    void Promise.resolve(flag).then((found) => {
      const isBad = found?.enabled === true && found.percent > 0;
      response.end(JSON.stringify({ error_rate: isBad ? 0.5 : 0.01 }));
    });
  });
  await new Promise<void>((resolve) => stats.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await belay.shut();
  await new Promise((resolve) => stats.close(resolve));
});
beforeEach(() => {
  broken = undefined;
});

/** Flags of an environment, off for everybody; their percents so far. */
async function flagsIn({ environment }: DeploymentName, ...names: string[]): Promise<string[]> {
  flags++;
  const keys = names.map((name) => `${name}_${flags}`);
  for (const key of keys) await belay.store.createFlag({ ...plainFlag(environment, key), percent: 1 }, { by: 'eve' });
  return keys;
}

/** `on 25`, `off`: of each flag. */
async function states({ environment }: DeploymentName, keys: string[]): Promise<string[]> {
  const found = await Promise.all(keys.map((key) => belay.store.flag({ environment, key })));
  return found.map((flag) => (flag!.enabled ? `on ${flag!.percent}` : 'off'));
}

function judged(): AnalysisSpec {
  const { port } = stats.address() as AddressInfo;
  return {
    source: { kind: 'http', url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000 },
    checks: [{ name: 'error rate', quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' }, max: 0.05 }],
    durationMs: 400,
    intervalMs: 200,
    violations: 1,
    count: 'consecutive',
    onNoData: 'pause',
    onInconclusive: 'pause',
  };
}

interface Steps {
  [key: string]: number[] | 'off';
}

function orderOf(
  service: DeploymentName,
  steps: Steps,
  onViolation: FeatureFlagsStrategy['onViolation'] = 'feature',
  more: Partial<DeploymentSpec> = {},
): StartOrder {
  const features = Object.entries(steps).map(([key, each]) => ({ key, steps: each }));
  const { snapshotFile: _, ...spec } = simulatedOrder(folder.path, service, [], {
    release: { codeVersion: 'features', configurationVersion: '1' },
    fleet: { kind: 'none' },
    driver: { kind: 'none' },
    strategy: { kind: 'feature_flags', features, onViolation },
    ...more,
  }).spec;
  return { actor: 'ann@here', spec, instances: [] };
}

/** The log of a deployment: what its flags went through. */
async function changes(id: string): Promise<string[]> {
  const events = await belay.control.events(parseDeploymentName(id));
  return events.filter(({ flag }) => flag !== undefined).map(({ flag, reason }) => `${flag}: ${reason}`);
}

it('goes through all steps, one feature after another, and keeps what is on', async () => {
  const service = uniqueService();
  const [ui, search, old] = await flagsIn(service, 'ui', 'search', 'old');
  await belay.store.changeFlag({ environment: service.environment, key: old!, change: { enabled: true }, by: 'eve' });
  const order = orderOf(service, { [ui!]: [5, 100], [search!]: [50], [old!]: 'off' }, 'feature', {
    analysis: judged(),
  });
  const { id } = await belay.control.start(order);
  expect(await belay.ended(id)).toMatchObject({
    status: 'succeeded',
    driver: 'none',
    counts: { total: 0 },
    traffic_percent: null,
    enabled_features: { [ui!]: 100, [search!]: 50, [old!]: 0 },
  });
  expect(await states(service, [ui!, search!, old!])).toEqual(['on 100', 'on 50', 'off']);
  expect((await changes(id)).map((each) => each.split(':')[0])).toEqual([old, ui, search, ui]);
});

it('takes back the feature that violates, and the others go on', async () => {
  const service = uniqueService();
  const [ui, search] = await flagsIn(service, 'ui', 'search');
  broken = { environment: service.environment, key: ui! };
  const order = orderOf(service, { [ui!]: [5, 100], [search!]: [50] }, 'feature', { analysis: judged() });
  const { id } = await belay.control.start(order);
  expect(await belay.ended(id)).toMatchObject({
    status: 'completed_with_failures',
    failures: [{ instance: ui, reason: expect.stringContaining('error rate is 50%, above 5%') }],
    enabled_features: { [search!]: 50 },
  });
  expect(await states(service, [ui!, search!])).toEqual(['off', 'on 50']);
});

it('takes all back where one violation is to', async () => {
  const service = uniqueService();
  const [ui, search] = await flagsIn(service, 'ui', 'search');
  broken = { environment: service.environment, key: search! };
  const order = orderOf(service, { [ui!]: [5, 100], [search!]: [50] }, 'all', { analysis: judged() });
  const { id } = await belay.control.start(order);
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    reason: expect.stringContaining('error rate is 50%, above 5%'),
  });
  expect(await states(service, [ui!, search!])).toEqual(['off', 'off']);
});

describe('while it goes on', () => {
  const held = () => ({ analysis: { ...judged(), durationMs: 600_000, intervalMs: 60_000 } });

  async function underWay() {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const { id } = await belay.control.start(orderOf(service, { [ui!]: [5, 100] }, 'feature', held()));
    const document = await belay.until(id, ({ enabled_features: on = {} }) => on[ui!] === 5);
    return { service, ui: ui!, id, name: parseDeploymentName(id), document };
  }

  it('says what is on, and what it waits for', async () => {
    const { id, name, ui, document } = await underWay();
    expect(document).toMatchObject({ enabled_features: { [ui]: 5 }, traffic_percent: null, counts: { total: 0 } });
    const watched = await belay.until(id, ({ awaiting }) => awaiting?.kind === 'analysis');
    expect(watched.step).toMatchObject({ kind: 'analyze', summary: expect.stringContaining(`watching ${ui}`) });
    await belay.control.message(name, 'abort', { by: 'ann' });
    await belay.ended(id);
  });

  it('aborted, leaves what is on', async () => {
    const { id, name, service, ui } = await underWay();
    await belay.control.message(name, 'abort', { by: 'ann' });
    expect(await belay.ended(id)).toMatchObject({ status: 'aborted', enabled_features: { [ui]: 5 } });
    expect(await states(service, [ui])).toEqual(['on 5']);
  });

  it('paused, stays as it is, and resumed goes on', async () => {
    const { id, name, service, ui } = await underWay();
    await belay.control.message(name, 'pause', { by: 'ann' });
    await belay.until(id, ({ status }) => status === 'paused');
    expect(await states(service, [ui])).toEqual(['on 5']);
    await belay.control.message(name, 'resume', { by: 'ann' });
    for (const percent of [5, 100]) {
      const isWatched = await belay.until(
        id,
        ({ awaiting, enabled_features: on = {} }) => awaiting?.kind === 'analysis' && on[ui] === percent,
      );
      expect(isWatched.status).toBe('running');
      await belay.control.message(name, 'promote', { by: 'ann' });
    }
    expect((await belay.ended(id)).status).toBe('succeeded');
    expect(await states(service, [ui])).toEqual(['on 100']);
  });

  it('rolled back, puts all back', async () => {
    const { id, name, service, ui } = await underWay();
    expect(await belay.control.rollback(name, { actor: 'bob' })).toMatchObject({ kind: 'delivered' });
    expect(await belay.ended(id)).toMatchObject({ status: 'rolled_back', reason: 'rolled back by bob' });
    expect(await states(service, [ui])).toEqual(['off']);
  });

  it('keeps others from setting the same flag', async () => {
    const { id, name, service, ui } = await underWay();
    const other = { ...uniqueService(), environment: service.environment };
    await expect(belay.control.start(orderOf(other, { [ui]: [50] }))).rejects.toThrow(
      `the flag ${ui} is being set already by ${id}`,
    );
    expect(await states(service, [ui])).toEqual(['on 5']);
    await belay.control.message(name, 'abort', { by: 'ann' });
    await belay.ended(id);
    const { id: later } = await belay.control.start(orderOf(other, { [ui]: [50] }));
    expect((await belay.ended(later)).status).toBe('succeeded');
  });
});

it('refuses a flag that is not there, and leaves nothing behind', async () => {
  const service = uniqueService();
  const [ui] = await flagsIn(service, 'new_ui');
  const wrong = ui!.replace('new_ui', 'new_iu');
  await expect(belay.control.start(orderOf(service, { [wrong]: [50] }))).rejects.toThrow(
    `there is no flag ${wrong} in ${service.environment}; did you mean ${ui}?`,
  );
  expect(await belay.control.history({ service: service.service })).toEqual([]);
});

describe('a rollback of one that has ended', () => {
  it('puts its flags back to what they were before it', async () => {
    const service = uniqueService();
    const [ui, search] = await flagsIn(service, 'ui', 'search');
    const { id } = await belay.control.start(orderOf(service, { [ui!]: [5, 100], [search!]: [25] }));
    expect((await belay.ended(id)).status).toBe('succeeded');
    const answer = await belay.control.rollback(service, { actor: 'bob', reason: 'too early' });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    const { generation } = parseDeploymentName(id);
    expect(await belay.ended(answer.started.id)).toMatchObject({
      status: 'rolled_back',
      rollback_of: generation,
      release: null,
      counts: { total: 0 },
    });
    expect(await states(service, [ui!, search!])).toEqual(['off', 'off']);
    // Nothing is left that could be taken back.
    await expect(belay.control.rollback(service, { actor: 'bob' })).rejects.toThrow('is rolled back already');
  });

  it('names what it cannot put back, and tried again puts back what it then can', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const { id } = await belay.control.start(orderOf(service, { [ui!]: [100] }));
    await belay.ended(id);
    const other = { ...uniqueService(), environment: service.environment };
    const { id: later } = await belay.control.start(orderOf(other, { [ui!]: [50] }));
    await belay.ended(later);
    const answer = await belay.control.rollback(service, { actor: 'bob' });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({
      status: 'rollback_incomplete',
      reason: expect.stringContaining(`${ui} was set by a later deployment`),
    });
    expect(await states(service, [ui!])).toEqual(['on 50']);
    const undone = await belay.control.rollback(other, { actor: 'bob' });
    if (undone.kind !== 'started') throw new Error(undone.kind);
    expect((await belay.ended(undone.started.id)).status).toBe('rolled_back');
    expect(await states(service, [ui!])).toEqual(['on 100']);

    const again = await belay.control.rollback(service, { actor: 'bob' });
    if (again.kind !== 'started') throw new Error(again.kind);
    expect((await belay.ended(again.started.id)).status).toBe('rolled_back');
    expect(await states(service, [ui!])).toEqual(['off']);
  });

  it('of one that turned nothing on is refused', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    broken = { environment: service.environment, key: ui! };
    const { id } = await belay.control.start(orderOf(service, { [ui!]: [5] }, 'feature', { analysis: judged() }));
    expect((await belay.ended(id)).status).toBe('rolled_back');
    await expect(belay.control.rollback(service, { actor: 'bob' })).rejects.toThrow('is rolled back already');
  });

  it('to an older generation is of instances, and says so', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const { id, generation } = await belay.control.start(orderOf(service, { [ui!]: [5] }));
    await belay.ended(id);
    await expect(belay.control.rollback(service, { actor: 'bob', to: generation })).rejects.toThrow(/no instances/);
  });
});

describe('beside instances of the same service', () => {
  it('leave them to be rolled back to an older generation', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const order = simulatedOrder(folder.path, service, ['a']);
    const first = await belay.control.start(order);
    await belay.ended(first.id);
    const release = { codeVersion: '1.2.0', configurationVersion: '3' };
    const second = await belay.control.start({ ...order, spec: { ...order.spec, release } });
    await belay.ended(second.id);
    const { id } = await belay.control.start(orderOf(service, { [ui!]: [5] }));
    await belay.ended(id);
    const answer = await belay.control.rollback(service, { actor: 'bob', to: first.generation });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 1 } });
    // What instances run is not of flags.
    expect(await states(service, [ui!])).toEqual(['on 5']);
  });

  it('say nothing of what these are to run', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const labels = { role: service.service };
    const order = simulatedOrder(folder.path, service, ['a'], { fleet: { kind: 'inventory', labels } });
    const { id } = await belay.control.start(order);
    await belay.ended(id);
    await belay.ended((await belay.control.start(orderOf(service, { [ui!]: [5] }))).id);
    const decisive = await belay.store.decisive();
    expect(decisive.filter((each) => each.service === service.service)).toMatchObject([{ id, labels }]);
  });
});

describe('flags of a release', () => {
  const instances = ['a', 'b'];

  async function released(service: DeploymentName, ui: string, more: Partial<DeploymentSpec> = {}) {
    const spec = { flags: { [ui]: 25 }, ...more };
    const { id } = await belay.control.start(simulatedOrder(folder.path, service, instances, spec));
    return { id, document: await belay.ended(id) };
  }

  it('are set after the last batch, and put back with it before any instance goes back', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const { id, document } = await released(service, ui!);
    expect(document).toMatchObject({ status: 'succeeded', counts: { succeeded: 2 }, enabled_features: { [ui!]: 25 } });
    const types = (await belay.control.events(parseDeploymentName(id))).map(({ type }) => type);
    expect(types.indexOf('flag_changed')).toBeGreaterThan(types.lastIndexOf('batch_done'));
    expect(await states(service, [ui!])).toEqual(['on 25']);

    const answer = await belay.control.rollback(service, { actor: 'bob' });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 2 } });
    expect(await states(service, [ui!])).toEqual(['off']);
    const { events } = await belay.control.show(parseDeploymentName(answer.started.id));
    const put = events.find(({ type }) => type === 'flag_changed')!.at;
    const attempts = await belay.control.logs(parseDeploymentName(answer.started.id));
    for (const { startedAt } of attempts) expect(startedAt.getTime()).toBeGreaterThan(put.getTime());
  });

  it('that nothing had to be installed for are put back without an instance', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const release = { codeVersion: '1.0.0', configurationVersion: '1' };
    const { document } = await released(service, ui!, { release });
    expect(document).toMatchObject({ status: 'succeeded', counts: { unchanged: 2 } });
    expect(await states(service, [ui!])).toEqual(['on 25']);
    const answer = await belay.control.rollback(service, { actor: 'bob' });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { total: 0 } });
    expect(await states(service, [ui!])).toEqual(['off']);
  });
});

describe('on the command line', () => {
  const commandLine = (service: DeploymentName, features: string, more = '') => {
    const { environment } = service;
    const file = folder.write(
      `${service.service}.yaml`,
      `service: ${service.service}\nenvironment: ${environment}\nstrategy: { type: feature_flags, features: ${features}, on_violation: feature }\n${more}`,
    );
    const { run, written } = cliContext(belay.control, { listFleet: async () => [] });
    return { run, file, written, name: `${environment}/${service.service}` };
  };
  /** What `analysis` in a file is that of `judged`. */
  const JUDGED = () => `metrics: { type: http, url: "http://127.0.0.1:${(stats.address() as AddressInfo).port}/" }
analysis: { monitoring_duration: 400ms, health_check_interval: 200ms, rollback_threshold_violations: 1, thresholds: { max_error_rate: 5% } }
`;

  it('a deployment without instances speaks of its features, and a rollback of it that is whole exits 0', async () => {
    const service = uniqueService();
    const [ui] = await flagsIn(service, 'ui');
    const { run, file, written, name } = commandLine(service, `{ ${ui}: [5, 25] }`);
    expect(await run('plan', '-f', file)).toBe(0);
    expect(await run('deploy', '-f', file)).toBe(0);
    expect(written.out).toContain(
      'to undo it: `belay rollback ' +
        `${name}/${(await belay.store.latest(service.environment, service.service))!.generation}\``,
    );
    for (const verb of ['status', 'show']) expect(await run(verb, name)).toBe(0);
    expect(await run('history', '--service', service.service)).toBe(0);
    expect(await run('retry', name)).toBe(4);
    expect(await run('rollback', name)).toBe(0);
    expect(await run('show', name)).toBe(0);
    const text = written.out.join('\n');
    expect(text).toContain(`${ui} 25%`);
    expect(text).toContain('flags are as they were before');
    expect(text).not.toMatch(/0\/0|no instances|0 instances|batch|INSTANCE  STATE|driver none|undefined/);
    expect(written.err.join('\n')).toContain('has no instances that could be tried again');
  });

  it('one whose feature was taken back exits 1, and with none left 3', async () => {
    const service = uniqueService();
    const [ui, search] = await flagsIn(service, 'ui', 'search');
    broken = { environment: service.environment, key: ui! };
    const two = commandLine(service, `{ ${ui}: [5], ${search}: [50] }`, JUDGED());
    expect(await two.run('deploy', '-f', two.file)).toBe(1);
    expect(two.written.out.join('\n')).toMatch(new RegExp(`✗ ${ui} taken back: error rate is 50%`));
    const one = commandLine(service, `{ ${ui}: [5] }`, JUDGED());
    expect(await one.run('deploy', '-f', one.file)).toBe(3);
  });
});
