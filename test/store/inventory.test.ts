import { createHash } from 'node:crypto';
import { HEALTH } from '../../src/domain';
import type { Heartbeat, Registration } from '../../src/store';
import { useStore } from './builders';

const used = useStore();
const hashOf = (secret: string) => createHash('sha256').update(secret).digest();
const VERSIONS = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };

function registration(name: string, over: Partial<Registration> = {}): Registration {
  return { name, ip: '10.0.0.1', labels: { role: 'web' }, secretHash: hashOf(name), unknownAfterMs: 60_000, ...over };
}

function beat(name: string, over: Partial<Heartbeat> = {}): Heartbeat {
  return { name, secretHash: hashOf(name), health: HEALTH.HEALTHY, versions: VERSIONS, ...over };
}

async function registered(name: string, over: Partial<Registration> = {}) {
  await used.store.register(registration(name, over));
  return name;
}

describe('registering', () => {
  it('is answered with the instance, of which nobody knows how it is', async () => {
    const answer = await used.store.register(registration('r-1', { port: 8080 }));
    expect(answer).toMatchObject({
      kind: 'registered',
      instance: { name: 'r-1', ip: '10.0.0.1', port: 8080, labels: { role: 'web' }, health: HEALTH.UNKNOWN },
    });
  });

  it('takes the place of one that is unknown, and is told from the first time', async () => {
    await registered('r-2');
    expect(await used.store.register(registration('r-2', { secretHash: hashOf('new') }))).toMatchObject({
      kind: 'renewed',
    });
    expect(await used.store.hear([beat('r-2')])).toEqual([{ kind: 'wrong_secret' }]);
  });

  it('never takes over one that is alive, but by its own secret', async () => {
    await registered('r-3');
    await used.store.hear([beat('r-3')]);
    const again = registration('r-3', { secretHash: hashOf('new') });
    expect(await used.store.register(again)).toEqual({ kind: 'taken' });
    expect(await used.store.register({ ...again, presentHash: hashOf('guess') })).toEqual({ kind: 'taken' });
    expect(await used.store.register({ ...again, presentHash: hashOf('r-3') })).toMatchObject({
      kind: 'renewed',
      instance: { health: HEALTH.HEALTHY },
    });
  });

  it('says nothing about how long an instance has been healthy', async () => {
    await registered('r-10');
    await used.store.hear([beat('r-10')]);
    const again = { secretHash: hashOf('new'), presentHash: hashOf('r-10') };
    expect(await used.store.register(registration('r-10', again))).toMatchObject({ kind: 'renewed' });
    const { healthForMs, seenMsAgo } = (await used.store.agentReports(['r-10'])).get('r-10')!;
    expect(healthForMs - seenMsAgo).toBeLessThan(1);
  });

  it('takes the place of one whose heartbeats stopped, and of one that was deleted', async () => {
    await registered('r-4', { unknownAfterMs: 0 });
    await used.store.hear([beat('r-4')]);
    expect(await used.store.register(registration('r-4'))).toMatchObject({ kind: 'renewed' });
    await used.store.hear([beat('r-4')]);
    expect(await used.store.removeFromInventory('r-4', 'ann')).toBe(true);
    expect(await used.store.hear([beat('r-4')])).toEqual([{ kind: 'unknown' }]);
    expect(await used.store.register(registration('r-4', { secretHash: hashOf('x') }))).toMatchObject({
      kind: 'renewed',
      instance: { health: HEALTH.UNKNOWN },
    });
  });

  it('begins anew where it takes a name over: the one before was told things, and obeyed', async () => {
    await registered('r-5');
    await used.store.setDesired([{ name: 'r-5', versions: NEW, generation: 7, attempt: 2 }]);
    await used.store.hear([beat('r-5', { generation: 7, attempt: 2, health: HEALTH.FAILED, reason: 'no disk' })]);
    const again = registration('r-5', { secretHash: hashOf('new'), presentHash: hashOf('r-5') });
    expect(await used.store.register(again)).toMatchObject({
      instance: { generation: 7, reason: 'no disk', desired: { versions: NEW, generation: 7, attempt: 2 } },
    });
    await used.store.hear([beat('r-5', { secretHash: hashOf('new'), generation: 7, health: HEALTH.UNKNOWN })]);
    const { instance } = (await used.store.register(registration('r-5'))) as { instance: object };
    expect(instance).toMatchObject({ generation: 0 });
    expect(instance).not.toHaveProperty('desired');
    expect(instance).not.toHaveProperty('reason');
    expect((await used.store.agentReports(['r-5'])).get('r-5')).not.toHaveProperty('attempt');
    expect(await used.store.hear([beat('r-5', { generation: 0 })])).toEqual([{ kind: 'heard' }]);
  });
});

describe('a heartbeat', () => {
  it('is kept, told apart from others of the same moment, and answered with what is to run', async () => {
    await Promise.all(['h-1', 'h-2', 'h-3'].map((name) => registered(name)));
    await used.store.setDesired([{ name: 'h-2', versions: NEW, generation: 7, attempt: 1 }]);
    const heard = await used.store.hear([
      beat('h-1', { metrics: { cpu: 0.5 } }),
      beat('h-2', { health: HEALTH.FAILED, reason: 'no disk' }),
      beat('h-3', { secretHash: hashOf('h-1') }),
      beat('h-4'),
    ]);
    expect(heard).toEqual([
      { kind: 'heard' },
      { kind: 'heard', desired: { versions: NEW, generation: 7, attempt: 1 } },
      { kind: 'wrong_secret' },
      { kind: 'unknown' },
    ]);
    expect(await used.store.inventoryInstance('h-2')).toMatchObject({ health: HEALTH.FAILED, reason: 'no disk' });
    expect(await used.store.inventoryInstance('h-3')).toMatchObject({ health: HEALTH.UNKNOWN });
    expect(await used.store.samples('h-1', 10)).toMatchObject([{ versions: VERSIONS, metrics: { cpu: 0.5 } }]);
  });

  it('is kept for a while only', async () => {
    await registered('h-5');
    for (let count = 0; count < 125; count++) await used.store.hear([beat('h-5', { generation: count })]);
    const samples = await used.store.samples('h-5', 1_000);
    expect(samples).toHaveLength(120);
    expect(samples[0]).toMatchObject({ generation: 124 });
  });

  it('that stops makes an instance unknown', async () => {
    await registered('h-6', { unknownAfterMs: 0 });
    await used.store.hear([beat('h-6')]);
    expect(await used.store.inventoryInstance('h-6')).toMatchObject({ health: HEALTH.UNKNOWN, silent: true });
    expect((await used.store.agentReports(['h-6'])).get('h-6')).toMatchObject({ silent: true });
  });

  it.each<[string, Partial<Heartbeat>, number]>([
    ['tells what was obeyed', { generation: 9 }, 9],
    ['without a generation obeyed what it runs', { versions: NEW }, 7],
    ['without a generation obeyed nothing while it runs something else', {}, 0],
  ])('%s', async (_, over, generation) => {
    const name = await registered(`h-7-${generation}`);
    await used.store.setDesired([{ name, versions: NEW, generation: 7, attempt: 1 }]);
    await used.store.hear([beat(name, over)]);
    expect(await used.store.inventoryInstance(name)).toMatchObject({ generation });
  });

  it('tells how often an instance was well and then was not', async () => {
    const name = await registered('h-8');
    const { HEALTHY, DEGRADED, FAILED } = HEALTH;
    for (const health of [HEALTHY, DEGRADED, HEALTHY, FAILED]) await used.store.hear([beat(name, { health })]);
    expect((await used.store.agentReports([name])).get(name)).toMatchObject({ flaps: 2, health: FAILED });
    await used.store.hear([beat(name, { versions: NEW })]);
    expect((await used.store.agentReports([name])).get(name)).toMatchObject({ flaps: 0 });
  });
});

describe('what is to run', () => {
  const desiredOf = async (name: string) => (await used.store.inventoryInstance(name))?.desired;

  it('is never set back to what is older', async () => {
    const name = await registered('d-1');
    await used.store.setDesired([{ name, versions: NEW, generation: 7, attempt: 2 }]);
    for (const [generation, attempt] of [
      [6, 9],
      [7, 1],
      [7, 2],
    ] as const) {
      await used.store.setDesired([{ name, versions: VERSIONS, generation, attempt }]);
      expect(await desiredOf(name)).toEqual({ versions: NEW, generation: 7, attempt: 2 });
    }
    await used.store.setDesired([{ name, versions: VERSIONS, generation: 8, attempt: 1 }]);
    expect(await desiredOf(name)).toEqual({ versions: VERSIONS, generation: 8, attempt: 1 });
  });

  it('is nothing while it is excluded', async () => {
    const name = await registered('d-5');
    const told = { versions: NEW, generation: 7, attempt: 1 };
    await used.store.setDesired([{ name, ...told }]);
    await used.store.excludeFromFleets(name, 'ann', 'its disk');
    expect(await used.store.hear([beat(name)])).toEqual([{ kind: 'heard' }]);
    expect((await used.store.agentReports([name])).get(name)).toMatchObject({ excluded: true });
    await used.store.includeInFleets(name, 'ann');
    expect(await used.store.hear([beat(name)])).toEqual([{ kind: 'heard', desired: told }]);
  });

  it('is taken back from those alone that have not begun to obey', async () => {
    for (const name of ['d-2', 'd-3', 'd-4']) await registered(name);
    await used.store.setDesired([
      { name: 'd-2', versions: NEW, generation: 7, attempt: 1 },
      { name: 'd-3', versions: NEW, generation: 7, attempt: 1 },
      { name: 'd-4', versions: NEW, generation: 8, attempt: 1 },
    ]);
    await used.store.hear([beat('d-3', { generation: 7 })]);
    await used.store.withdrawDesired(['d-2', 'd-3', 'd-4'], 7);
    expect(await Promise.all(['d-2', 'd-3', 'd-4'].map(desiredOf))).toMatchObject([
      undefined,
      { generation: 7 },
      { generation: 8 },
    ]);
  });
});

it('what is to run is taken back from one that obeyed an earlier attempt, and has not begun this one', async () => {
  for (const [name, attempt] of [
    ['a-1', 1],
    ['a-2', 2],
  ] as const) {
    await registered(name);
    await used.store.setDesired([{ name, versions: NEW, generation: 7, attempt: 2 }]);
    await used.store.hear([beat(name, { generation: 7, attempt })]);
  }
  await used.store.withdrawDesired(['a-1', 'a-2'], 7);
  expect(await used.store.inventoryInstance('a-1')).not.toHaveProperty('desired');
  expect(await used.store.inventoryInstance('a-2')).toMatchObject({ desired: { generation: 7, attempt: 2 } });
});

describe('a fleet', () => {
  it('is everybody who carries all of its labels, and is neither deleted nor excluded', async () => {
    const labels = { fleet: 'f', zone: 'a' };
    await registered('f-1', { labels, port: 80 });
    await registered('f-2', { labels: { fleet: 'f', zone: 'b' } });
    await registered('f-3', { labels, ip: '::1', port: 81 });
    for (const name of ['f-4', 'f-5']) await registered(name, { labels });
    await used.store.removeFromInventory('f-4', 'ann', 'scrapped');
    await used.store.excludeFromFleets('f-5', 'ann', 'under repair');
    await used.store.hear([beat('f-1')]);
    expect(await used.store.matching(labels)).toEqual([
      { name: 'f-1', address: '10.0.0.1:80', labels, versions: VERSIONS, health: HEALTH.HEALTHY },
      { name: 'f-3', address: '[::1]:81', labels, health: HEALTH.UNKNOWN },
    ]);
    expect(await used.store.includeInFleets('f-5', 'ann')).not.toHaveProperty('excluded');
    expect((await used.store.matching(labels)).map(({ name }) => name)).toEqual(['f-1', 'f-3', 'f-5']);
  });

  it('is listed by pages, by health and by versions', async () => {
    const labels = { fleet: 'p' };
    for (const name of ['p-1', 'p-2', 'p-3']) await registered(name, { labels });
    await used.store.hear([beat('p-2'), beat('p-3', { versions: NEW })]);
    const names = async (filter: object) => {
      return (await used.store.inventoryInstances({ labels, ...filter })).map(({ name }) => name);
    };
    expect(await names({ limit: 2 })).toEqual(['p-1', 'p-2']);
    expect(await names({ after: 'p-1', limit: 2 })).toEqual(['p-2', 'p-3']);
    expect(await names({ health: HEALTH.UNKNOWN })).toEqual(['p-1']);
    expect(await names({ codeVersion: '1.1.0' })).toEqual(['p-3']);
  });
});

describe('heartbeats and what instances are to run', () => {
  it('are written at the same time, in whatever order they come', async () => {
    const names = Array.from({ length: 150 }, (_, i) => `busy-${i}`);
    for (const name of names) await registered(name, { labels: { busy: 'yes' } });
    const reversed = [...names].reverse();
    const rounds = Array.from({ length: 12 }, (_, round) => [
      used.store.hear(names.map((name) => beat(name))),
      used.store.hear(reversed.map((name) => beat(name))),
      used.store.setDesired(reversed.map((name) => ({ name, versions: NEW, generation: 500 + round, attempt: 1 }))),
      used.store.withdrawDesired(names, 500 + round),
    ]);
    await Promise.all(rounds.flat());
    expect((await used.store.hear([beat('busy-1')]))[0]?.kind).toBe('heard');
  });
});
