import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { HEALTH } from '../../src/domain';
import type { AnalysisSpec } from '../../src/domain/analysis';
import { fromBase64, MEMBER } from '../../src/domain/rollout';
import { DriverRefusal } from '../../src/drivers/target/driver';
import { NEW, OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { environment, Rig, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();
const rigOf = (options: Partial<RigOptions> = {}) => new Rig(used.store, { folder: folder.path, ...options });

const ANALYSIS: AnalysisSpec = {
  source: { kind: 'prometheus', url: 'http://p', timeoutMs: 1, queries: {} },
  durationMs: 1,
  intervalMs: 1,
  violations: 1,
  count: 'total',
  onNoData: 'pause',
  onInconclusive: 'pause',
  checks: [{ name: 'error rate', quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' }, max: 1 }],
};

describe('begin', () => {
  it('draws, claims, snapshots and answers', async () => {
    const rig = rigOf({ names: ['a', 'b', 'c', 'd'] });
    rig.driver.put(['b'], NEW).put(['c'], OLD, HEALTH.FAILED).put(['d'], NEW, HEALTH.DEGRADED);
    const answer = await rig.began();
    expect([...fromBase64(answer.members)]).toEqual([0, MEMBER.UNCHANGED, MEMBER.UNHEALTHY, MEMBER.UNHEALTHY]);
    expect(answer).toMatchObject({
      mode: 'forward',
      targetLabel: '1.1.0',
      policy: { maxFailures: { kind: 'count', count: 0 }, onFailure: 'rollback' },
      document: {
        id: `test/${rig.spec.service}/${answer.generation}`,
        status: 'running',
        previous_release: { code_version: '1.0.0', configuration_version: '1' },
        counts: { total: 4, pending: 3, unchanged: 1 },
        links: { web_ui: expect.stringContaining(encodeURIComponent(rig.workflowId)) },
      },
    });
    const members = await used.store.members(answer.generation);
    expect(members.map(({ snapshot }) => snapshot?.health)).toEqual([1, 1, 3, 2]);
  });

  it('answers the same when it is begun again, and probes only once', async () => {
    const rig = rigOf();
    const first = await rig.began();
    const { probes } = rig.driver;
    rig.driver.put(rig.names, NEW);
    expect(await rig.began()).toEqual(first);
    expect(rig.driver.probes).toBe(probes);
  });

  it('logs that what judges it can not tell it from what ran before', async () => {
    const rig = rigOf({ spec: { release: { ...OLD, configurationVersion: '2' }, analysis: ANALYSIS } });
    const { generation } = await rig.began();
    const reason = expect.stringContaining('only the configuration changes (1 to 2), and error rate is asked for by');
    expect(await used.store.events({ generation })).toContainEqual(
      expect.objectContaining({ type: 'measured_as_one', reason }),
    );
  });

  it('keeps the snapshot of a begin whose worker was lost before it answered', async () => {
    const rig = rigOf();
    const createDeployment = used.store.createDeployment;
    const store = { ...used.store, createDeployment: () => Promise.reject(new Error('lost')) };
    const broken = new Rig(store, { folder: folder.path, service: rig.spec.service, driver: rig.driver });
    await expect(broken.begin(rig.runId)).rejects.toThrow('lost');
    rig.driver.put(rig.names, NEW);
    const answer = await rig.began();
    expect(createDeployment).toBeDefined();
    expect((await used.store.members(answer.generation)).map(({ snapshot }) => snapshot?.versions)).toEqual([
      OLD,
      OLD,
      OLD,
    ]);
    expect(Object.keys(JSON.parse(readFileSync(rig.snapshotFile, 'utf8')))).toEqual(['a', 'b', 'c']);
  });

  it('writes the snapshot file before the first touch, and keeps the older one', async () => {
    const rig = rigOf();
    const first = await rig.began();
    const file = rig.snapshotFile;
    expect(JSON.parse(readFileSync(file, 'utf8'))['a']).toEqual({
      instance_id: 'a',
      code_version: '1.0.0',
      configuration_version: '1',
      health: 'healthy',
    });
    await rig.activities.recordEnd({ document: { ...first.document, status: 'succeeded' } });
    const next = rigOf({ service: rig.spec.service, driver: rig.driver.put(['a'], { ...OLD, codeVersion: '0.9.0' }) });
    await next.began();
    expect(JSON.parse(readFileSync(file, 'utf8'))['a']).toMatchObject({ code_version: '0.9.0' });
    const kept = file.replace(/\.json$/, `.${first.generation}.json`);
    expect(JSON.parse(readFileSync(kept, 'utf8'))['a']).toMatchObject({ code_version: '1.0.0' });
  });

  it('writes no snapshot file when nothing will be touched', async () => {
    const rig = rigOf();
    rig.driver.put(rig.names, NEW);
    expect((await rig.began()).document.counts).toMatchObject({ pending: 0, unchanged: 3 });
    expect(existsSync(rig.snapshotFile)).toBe(false);
  });

  it('touches everything when forced', async () => {
    const rig = rigOf({ spec: { force: true } });
    rig.driver.put(rig.names, NEW);
    expect((await rig.began()).document.counts).toMatchObject({ pending: 3 });
  });

  it('refuses what the machine can’t drive', async () => {
    const rig = rigOf();
    rig.driver.refuses = new DriverRefusal('update.sh is not there');
    expect(await rig.begin()).toEqual({ kind: 'refused', message: 'update.sh is not there' });
  });

  it('refuses a snapshot file that can’t be written, and leaves nothing behind', async () => {
    const rig = rigOf({ spec: { snapshotFile: '/nowhere/at/all/.snapshot.json' } });
    expect(await rig.begin()).toMatchObject({ kind: 'refused', message: expect.stringContaining('--snapshot') });
    expect(await used.store.latest('test', rig.spec.service)).toBeUndefined();
    const other = rigOf({ fleet: rig.fleet });
    expect(await other.begin()).toMatchObject({ kind: 'began' });
  });

  describe('claims', () => {
    it('refuses instances that another deployment has, and names it', async () => {
      const one = rigOf();
      const { document } = await one.began();
      const two = rigOf({ names: ['c', 'd'], fleet: one.fleet });
      expect(await two.begin()).toMatchObject({
        kind: 'refused',
        holder: document.id,
        message: expect.stringContaining(document.id),
      });
      expect(await used.store.latest('test', two.spec.service)).toBeUndefined();
    });

    it.each(['closed', 'unknown'] as const)('takes over what a deployment has whose workflow is %s', async (state) => {
      const one = rigOf();
      const { generation } = await one.began();
      const two = rigOf({ fleet: one.fleet });
      two.orchestrated = state;
      expect(await two.begin()).toMatchObject({ kind: 'began' });
      expect(await used.store.deployment(generation)).toMatchObject({
        status: 'failed',
        document: { reason: expect.stringContaining('orchestrator lost') },
      });
    });

    it('ends a lost deployment of the same service, even of other instances', async () => {
      const one = rigOf();
      const { generation } = await one.began();
      const two = rigOf({ service: one.spec.service, names: ['x'], fleet: `${one.fleet}.other` });
      expect(await two.begin()).toMatchObject({ kind: 'began' });
      expect(await used.store.deployment(generation)).toMatchObject({ status: 'failed' });
    });

    it('lets one of two begin that overlap', async () => {
      const fleet = `${folder.path}/shared.json`;
      const rigs = [rigOf({ fleet }), rigOf({ fleet, names: ['c', 'b', 'x'] })];
      const answers = await Promise.all(rigs.map((rig) => rig.begin()));
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['began', 'refused']);
    });
  });

  describe('unreachable instances', () => {
    const away = (unreachable: 'refuse' | 'exclude' | 'include', gone = ['b']) => {
      const rig = rigOf({ spec: { unreachable } });
      for (const name of gone) rig.driver.fleet.delete(name);
      return rig;
    };

    it('are named when refused', async () => {
      expect(await away('refuse').begin()).toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(/1 of 3 instances can't be reached:\n {2}- b: no answer/),
      });
    });

    it('are left out', async () => {
      const rig = away('exclude');
      const answer = await rig.began();
      expect([...fromBase64(answer.members)]).toEqual([0, MEMBER.EXCLUDED | MEMBER.UNHEALTHY, 0]);
      expect(Object.keys(JSON.parse(readFileSync(rig.snapshotFile, 'utf8')))).toEqual(['a', 'c']);
      const events = await used.store.events({ generation: answer.generation });
      expect(events).toContainEqual(expect.objectContaining({ type: 'unreachable_excluded', reason: '  - b' }));
    });

    it('are changed first, with the recorded or listed versions as their snapshot', async () => {
      const rig = away('include');
      const answer = await rig.began();
      expect([...fromBase64(answer.members)]).toEqual([0, MEMBER.UNHEALTHY, 0]);
      expect((await used.store.members(answer.generation))[1]?.snapshot).toEqual({
        versions: OLD,
        health: HEALTH.UNKNOWN,
      });
    });

    it('are refused when there are no others', async () => {
      expect(await away('exclude', ['a', 'b', 'c']).begin()).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('nothing is left'),
      });
    });

    it('prints 20 names at most', async () => {
      const names = Array.from({ length: 25 }, (_, i) => `web-${i + 10}`);
      const rig = rigOf({ names });
      rig.driver.fleet.clear();
      const { message } = (await rig.begin()) as { message: string };
      expect(message).toContain('and 5 more');
      expect(message.match(/ {2}- /g)).toHaveLength(20);
    });
  });

  it('refuses a fleet that has changed since the plan', async () => {
    const expected = [
      { name: 'a', versions: OLD },
      { name: 'b', versions: NEW },
      { name: 'z', versions: OLD },
    ];
    const { message } = (await rigOf({ request: { expected } }).begin()) as { message: string };
    expect(message).toContain('the fleet has changed since the plan');
    expect(message).toContain('b: 1.1.0 / 1 in the plan, 1.0.0 / 1 now');
    expect(message).toContain('z: planned, and not targeted any more');
    expect(message).toContain('c: not in the plan');
  });

  it('begins a fleet that still matches its plan', async () => {
    const expected = ['a', 'b', 'c'].map((name) => ({ name, versions: OLD }));
    expect(await rigOf({ request: { expected } }).begin()).toMatchObject({ kind: 'began' });
  });

  it('gives up its instances when it is cancelled', async () => {
    const rig = rigOf();
    const env = environment();
    rig.driver.onProbe = () => {
      env.cancel();
      return undefined;
    };
    const requestId = await used.store.createRequest({ kind: 'deploy', spec: rig.spec, actor: 'ann' }, rig.members);
    const input = { requestId, workflowId: rig.workflowId, runId: rig.runId };
    await expect(env.run(rig.activities.begin, input)).rejects.toThrow('CANCELLED');
    expect(await rigOf({ fleet: rig.fleet }).begin()).toMatchObject({ kind: 'began' });
  });

  it('begins a rollback of its own with every member, reachable or not', async () => {
    const target = { versions: { ...OLD, codeVersion: '0.9.0' }, health: HEALTH.HEALTHY };
    const members = ['a', 'b'].map((name, ordinal) => ({ ordinal, name, labels: {}, versions: OLD, target }));
    const rig = rigOf({ members, request: { kind: 'rollback' } });
    rig.driver.fleet.delete('b');
    writeFileSync(rig.snapshotFile, '{}');
    const answer = await rig.began();
    expect(answer).toMatchObject({
      mode: 'rollback',
      patrolled: false,
      document: { release: null, status: 'rolling_back' },
    });
    expect([...fromBase64(answer.members)]).toEqual([0, MEMBER.UNHEALTHY]);
    expect(readFileSync(rig.snapshotFile, 'utf8')).toBe('{}');
    expect(await rig.restore(0, rig.generation)).toMatchObject({ result: 'restored' });
    expect(rig.driver.fleet.get('a')).toMatchObject({ versions: target.versions });
  });
});
