import { sql } from 'kysely';
import type { DeploymentSpec } from '../../src/domain';
import { CANARY, STABLE } from '../../src/domain/traffic';
import { connect } from '../../src/store/open';
import { statusDocument, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { ScriptedRouters } from '../support/scripted-routers';
import { environment, Rig, run } from './harness';

const used = useStore();
const folder = temporaryFolder();
const NAMES = ['a', 'b', 'c'];

const CANARY_SPEC: Partial<DeploymentSpec> = {
  strategy: { kind: 'canary', steps: [], batchSize: { kind: 'percent', percent: 100 }, match: [], rollback: 'instant' },
  traffic: { kind: 'command', shift: [], read: [], directory: '/', env: {}, drainTimeoutMs: 0, timeoutMs: 0 },
};

/** A canary behind routers that send all requests to what ran before. */
async function canary() {
  const routers = new ScriptedRouters({ [STABLE]: 100, [CANARY]: 0 }, NAMES, STABLE);
  const rig = new Rig(used.store, { folder: folder.path, names: NAMES, spec: CANARY_SPEC, routers });
  const { generation } = await rig.began();
  const act = <A extends { kind: 'shift'; weight: number } | { kind: 'settle' }>(number: number, one: A) =>
    run(rig.activities.shiftTraffic, { generation, number, act: one });
  const shift = (number: number, weight: number) => act(number, { kind: 'shift', weight });
  const settle = (number: number) => act(number, { kind: 'settle' });
  return { rig, routers, generation, shift, settle };
}

/** A guard that stands until it is told to stop, or ends by itself. */
function guardOf({ activities, generation }: Rig) {
  const env = environment();
  const ended = env.run(activities.guardTraffic, { generation }).catch((error: unknown) => error);
  return { ended, stop: () => env.cancel('CANCELLED') };
}

/** Once routers are told this (again). */
function hears(routers: ScriptedRouters, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    routers.before = (told) => {
      if (told === wanted) resolve();
    };
  });
}

describe('a shift that is told to stop', () => {
  it('is done when routers were told of it: the status says what they do', async () => {
    const { rig, routers, generation } = await canary();
    await rig.change(0);
    const env = environment();
    routers.before = (told) => {
      if (told === 'shift 70/30') env.cancel('CANCELLED');
    };
    const input = { generation, number: 1, act: { kind: 'shift' as const, weight: 30 } };
    expect(await env.run(rig.activities.shiftTraffic, input)).toEqual({});
    expect(routers.split).toEqual({ [STABLE]: 70, [CANARY]: 30 });
  });

  it('is not begun any more', async () => {
    const { rig, routers, generation } = await canary();
    await rig.change(0);
    const env = environment();
    env.cancel('CANCELLED');
    const input = { generation, number: 1, act: { kind: 'shift' as const, weight: 30 } };
    expect(await env.run(rig.activities.shiftTraffic, input)).toEqual({ fault: 'it was stopped' });
    expect(routers.told).not.toContain('shift 70/30');
  });
});

describe('a guard', () => {
  it('sets again what somebody else has set', async () => {
    const { rig, routers, shift } = await canary();
    await rig.change(0);
    await shift(1, 30);
    const guard = guardOf(rig);
    routers.split = { [STABLE]: 0, [CANARY]: 100 };
    await hears(routers, 'shift 70/30');
    guard.stop();
    await guard.ended;
    expect(routers.split).toEqual({ [STABLE]: 70, [CANARY]: 30 });
  });

  it('takes back what one router got of a shift that was given up', async () => {
    const { rig, routers, shift, generation } = await canary();
    await rig.change(0);
    await shift(1, 30);
    await used.store.recordShift(generation, { number: 2, weight: 60, at: new Date() });
    await used.store.recordAct(generation, 2, 'shift', { fault: 'it was stopped' });
    routers.split = { [STABLE]: 40, [CANARY]: 60 };
    const guard = guardOf(rig);
    await hears(routers, 'shift 70/30');
    guard.stop();
    await guard.ended;
    expect(routers.split).toEqual({ [STABLE]: 70, [CANARY]: 30 });
  });

  it('leaves routers alone once the deployment has ended, though nobody has told it to stop yet', async () => {
    const { rig, routers, shift, generation } = await canary();
    await rig.change(0);
    await shift(1, 30);
    const end = { status: 'aborted' as const, ended_at: new Date().toISOString() };
    await used.store.end(statusDocument(generation, rig.spec.service, end));
    // The next deployment sets its own.
    routers.split = { [STABLE]: 40, [CANARY]: 60 };
    await guardOf(rig).ended;
    expect(routers.split).toEqual({ [STABLE]: 40, [CANARY]: 60 });
  });

  it('leaves nobody without an answer when a worker died in the middle of making the release stable', async () => {
    const { rig, routers, shift, settle } = await canary();
    for (const ordinal of [0, 1]) await rig.change(ordinal);
    await shift(1, 100);
    await rig.change(2);
    // All are in both groups, and requests go to the stable one: the worker dies.
    for (const name of NAMES) routers.groups.set(name, [STABLE, CANARY]);
    routers.split = { [STABLE]: 100, [CANARY]: 0 };
    const guard = guardOf(rig);
    await hears(routers, 'admit c canary');
    guard.stop();
    await guard.ended;
    expect(routers.unserved).toEqual([]);
    expect(await settle(2)).toEqual({});
    expect(routers.unserved).toEqual([]);
    expect([...routers.groups.values()]).toEqual([[STABLE], [STABLE], [STABLE]]);
    expect(routers.split).toEqual({ [STABLE]: 100, [CANARY]: 0 });
  });

  it('puts no instance back into service that is being changed', async () => {
    const { rig, routers, shift } = await canary();
    await rig.change(0);
    await shift(1, 30);
    let go = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    const drained = hears(routers, 'drain b');
    const seen = routers.before;
    let reached = () => {};
    const there = new Promise<void>((resolve) => (reached = resolve));
    // By what it has read, nobody has touched b.
    routers.before = async (told) => {
      await seen(told);
      if (told !== 'admit b stable') return;
      reached();
      await held;
    };
    const guard = guardOf(rig);
    await there;
    let serving: readonly string[] | undefined;
    rig.driver.onChange = async () => {
      serving = routers.groups.get('b');
      return undefined;
    };
    const change = rig.change(1);
    await Promise.race([drained, someoneWaits()]);
    go();
    expect(await change).toMatchObject({ result: 'good' });
    guard.stop();
    await guard.ended;
    expect(serving).toEqual([]);
    expect(routers.groups.get('b')).toEqual([CANARY]);
  });
});

/** Until somebody waits for a lock of the database. */
async function someoneWaits(): Promise<void> {
  const db = connect(used.database.url, 1);
  const waiting = async () => {
    const { rows } = await sql`select from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and locktype = 'advisory' and not granted`.execute(db);
    return rows.length > 0;
  };
  while (!(await waiting()));
  await db.destroy();
}
