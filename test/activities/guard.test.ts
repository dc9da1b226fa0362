import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentSpec } from '../../src/domain';
import { HEALTH } from '../../src/domain';
import { CANARY, STABLE, type Split } from '../../src/domain/traffic';
import { HaproxyDriver } from '../../src/drivers/traffic/haproxy/driver';
import { haproxyLines } from '../../src/drivers/traffic/haproxy/lines';
import { NEW, OLD, requested, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Haproxy } from '../support/haproxy';
import { ScriptedBulk, STILL } from '../support/scripted-bulk';
import { ScriptedDriver } from '../support/scripted-driver';
import { ScriptedRouters } from '../support/scripted-routers';
import { Upstream } from '../support/upstream';
import { environment, Rig, run } from './harness';

/** Who is in service, whatever happens to routers and to those who tell them. */

const used = useStore();
const folder = temporaryFolder();
const NAMES = ['a', 'b', 'c'];
const COMMAND = {
  kind: 'command' as const,
  shift: [],
  read: [],
  directory: '/',
  env: {},
  drainTimeoutMs: 0,
  timeoutMs: 0,
};
const CANARY_SPEC: Partial<DeploymentSpec> = {
  strategy: { kind: 'canary', steps: [], batchSize: { kind: 'percent', percent: 100 }, match: [], rollback: 'instant' },
  traffic: COMMAND,
};

/** Bits of srv_admin_state: maintenance, and draining. */
const OUT = 0x09;

function shift({ activities, generation }: Rig, number: number, weight: number, group?: string) {
  const act = { kind: 'shift' as const, weight, ...(group !== undefined && { group }) };
  return run(activities.shiftTraffic, { generation, number, act });
}

async function guarded(rig: Rig, work: () => Promise<void>): Promise<void> {
  const env = environment();
  const ended = env.run(rig.activities.guardTraffic, { generation: rig.generation }).catch(() => undefined);
  await work();
  env.cancel('CANCELLED');
  await ended;
}

describe('a real HAProxy', () => {
  const upstreams: Upstream[] = [];
  const routers: Haproxy[] = [];
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.stop()));
    await Promise.all(upstreams.map((upstream) => upstream.stop()));
  });

  async function site(service: string, strategy: 'canary' | 'rolling', options = '') {
    const ups = await Promise.all(NAMES.map((name) => new Upstream(name).start()));
    upstreams.push(...ups);
    const map = `${folder.path}/${service}.map`;
    const place = { environment: 'test', service };
    const backends: Record<string, string> = {
      stable: 'web_stable',
      ...(strategy === 'canary' && { canary: 'web_canary' }),
    };
    const servers = ups.map(({ name, port }) => ({ name, port, options }));
    const haproxy = await Haproxy.start(folder.path, service, map, {
      lines: haproxyLines({ map, backends }, strategy, { match: [] }, place),
      backends: {
        web_stable: servers,
        ...(strategy === 'canary' && { web_canary: servers.map((each) => ({ ...each, options: 'disabled' })) }),
      },
    });
    routers.push(haproxy);
    const endpoints = [haproxy.endpoint];
    const traffic = { kind: 'haproxy' as const, endpoints, map, backends, drainTimeoutMs: 20_000, timeoutMs: 5_000 };
    const spec = { ...(strategy === 'canary' && CANARY_SPEC), traffic, healthIntervalMs: 1_000 };
    const driver = new HaproxyDriver(traffic, place);
    const rig = new Rig(used.store, { folder: folder.path, names: NAMES, service, routers: driver, spec });
    await rig.began();
    return { rig, haproxy, ups };
  }

  async function untilServing(haproxy: Haproxy, backend: string, wanted: string[]): Promise<void> {
    for (;;) {
      const lines = (await haproxy.ask(`show servers state ${backend}`)).split('\n').slice(2);
      const words = lines.map((line) => line.split(' '));
      const serving = words.filter((each) => (Number(each[6]) & OUT) === 0).map((each) => each[3]);
      if (JSON.stringify(serving) === JSON.stringify(wanted)) return;
      await delay(50);
    }
  }

  it('that is reloaded just before a shift is told again who is in service', async () => {
    const { rig, haproxy } = await site('reloaded', 'canary');
    await rig.change(0);
    expect(await shift(rig, 1, 10)).toEqual({});
    await guarded(rig, async () => {
      await untilServing(haproxy, 'web_canary', ['a']);
      await delay(300);
      await haproxy.restart('gracefully');
      expect(await shift(rig, 2, 50)).toEqual({});
      await untilServing(haproxy, 'web_canary', ['a']);
      await untilServing(haproxy, 'web_stable', ['b', 'c']);
    });
  });

  it('ends what is under way on an instance that drains, whoever looks', async () => {
    const { rig, haproxy, ups } = await site('drains', 'rolling', 'on-marked-down shutdown-sessions');
    const get = async () => (await fetch(`http://127.0.0.1:${haproxy.port}/slow`)).status;
    const slow = ups.map(get);
    await Promise.all(ups.map((upstream) => upstream.holding()));
    const change = rig.change(0);
    await untilServing(haproxy, 'web_stable', ['b', 'c']);
    await guarded(rig, () => delay(1_500));
    ups.forEach((upstream) => upstream.release());
    expect(await Promise.all(slow)).toEqual([200, 200, 200]);
    expect(await change).toMatchObject({ result: 'good' });
  });
});

it('routers that round are left alone', async () => {
  class Rounding extends ScriptedRouters {
    override async read(): Promise<Split> {
      const { [STABLE]: stable = 0, [CANARY]: canary = 0 } = this.split;
      return { [STABLE]: stable + 0.2, [CANARY]: canary - 0.2 };
    }
  }
  const routers = new Rounding({ [STABLE]: 99.8, [CANARY]: 0.2 }, NAMES, STABLE);
  const spec = { ...CANARY_SPEC, healthIntervalMs: 20 };
  const rig = new Rig(used.store, { folder: folder.path, names: NAMES, spec, routers });
  await rig.began();
  await rig.change(0);
  await shift(rig, 1, 30);
  const looks = (count: number) =>
    new Promise<void>((resolve) => {
      const read = routers.read.bind(routers);
      routers.read = () => {
        if (--count === 0) resolve();
        return read();
      };
    });
  await guarded(rig, async () => {
    await looks(3);
    const { length } = routers.told;
    await looks(5);
    expect(routers.told.slice(length)).toEqual([]);
  });
});

it('one that was not well before it was touched is not put into service', async () => {
  const routers = new ScriptedRouters({ [STABLE]: 100, [CANARY]: 0 }, ['a', 'c'], STABLE);
  const driver = new ScriptedDriver().put(NAMES, OLD);
  driver.fleet.get('b')!.health = HEALTH.FAILED;
  const rig = new Rig(used.store, { folder: folder.path, names: NAMES, spec: CANARY_SPEC, routers, driver });
  await rig.began();
  await rig.change(0);
  await shift(rig, 1, 10);
  expect(routers.told.filter((told) => told.startsWith('admit b'))).toEqual([]);
});

it('a rollback of its own that is aborted while an instance drains leaves it where it was', async () => {
  const routers = new ScriptedRouters({ [STABLE]: 100, [CANARY]: 0 }, ['a'], STABLE);
  const members = requested(['a']).map((each) => ({
    ...each,
    versions: NEW,
    target: { versions: OLD, health: HEALTH.HEALTHY },
  }));
  const driver = new ScriptedDriver().put(['a'], NEW);
  const request = { kind: 'rollback' as const };
  const spec = { ...CANARY_SPEC, force: true };
  const rig = new Rig(used.store, { folder: folder.path, members, driver, spec, routers, request });
  await rig.began();
  const env = environment();
  routers.before = (told) => {
    if (told === 'drain a') env.cancel('CANCELLED');
  };
  expect(await rig.restore(0, rig.generation, env)).toMatchObject({ result: 'cancelled' });
  expect([...routers.groups]).toEqual([['a', [STABLE]]]);
});

it('instances whose agents have not begun are back in service when it is aborted', async () => {
  const bulk = new ScriptedBulk();
  const routers = new ScriptedRouters({ [STABLE]: 100 }, NAMES, STABLE);
  const rig = new Rig(used.store, { folder: folder.path, names: NAMES, bulk, routers, spec: { traffic: COMMAND } });
  await rig.began();
  const env = environment();
  bulk.onAsk = () => {
    env.cancel('CANCELLED');
    return STILL;
  };
  await rig.drive([0, 1, 2], { env });
  expect([...routers.groups.values()]).toEqual([[STABLE], [STABLE], [STABLE]]);
});

it('who joins a group that had no instances is in service there', async () => {
  const all: Record<string, ScriptedRouters> = {};
  for (const [region, name] of [
    ['eu', 'a'],
    ['asia', 'b'],
  ] as const)
    all[region] = new ScriptedRouters({ [STABLE]: 100, [CANARY]: 0 }, [name], STABLE);
  const members = requested(['a']).map((each) => ({ ...each, labels: { region: 'eu' } }));
  const driver = new ScriptedDriver().put(['a', 'b'], OLD);
  const groups = { by: 'region', order: ['eu', 'asia'], bakeMs: 0, approve: false };
  const traffic = { ...COMMAND, shift: ['{{group}}'], read: ['{{group}}'] };
  const rig = new Rig(used.store, {
    folder: folder.path,
    members,
    driver,
    spec: { ...CANARY_SPEC, groups, traffic },
    routersOf: (of) => all[of.kind === 'command' ? of.shift[0]! : '']!,
  });
  await rig.began();
  rig.listing = [...members, { ...requested(['a', 'b'])[1]!, labels: { region: 'asia' } }];
  const { generation } = rig;
  const input = { generation, lines: [], sweep: false, membership: { total: 1, number: 0 } };
  await run(rig.activities.takeStock, input);
  rig.names.push('b');
  expect(await rig.change(1)).toMatchObject({ result: 'good' });
  expect([...all['asia']!.groups]).toEqual([['b', [STABLE]]]);
});
