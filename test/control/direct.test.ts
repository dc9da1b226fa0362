import { fleetKey } from '../../src/domain/fleet';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Refused } from '../../src/control/errors';
import { parseDeploymentName } from '../../src/control/name';
import { HEALTH } from '../../src/domain';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
});
afterAll(() => belay.shut());

const APPROVAL = { approvals: [{ beforeBatch: 2, onTimeout: 'pause' as const }] };
const asker = { actor: 'bob@there' };

async function refusal(promise: Promise<unknown>): Promise<Refused> {
  const error: unknown = await promise.then(
    () => new Error('it was done'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refused)) throw error;
  return error;
}

/** Starts one that waits for an approval after its first instance. */
async function waiting(names = ['a', 'b', 'c']) {
  const name = uniqueService();
  const order = simulatedOrder(folder.path, name, names, APPROVAL);
  const started = await belay.control.start(order);
  await belay.until(started.id, (document) => document.status === 'awaiting_approval');
  return { name, order, ...started };
}

/** A release for all of four, another one for all, and a third one for one of them. */
async function releasedUnevenly({ latencyMs = 1 } = {}) {
  const name = uniqueService();
  const order = simulatedOrder(folder.path, name, ['a', 'b', 'c', 'd'], {
    driver: { kind: 'simulated', latencyMs, failures: {} },
  });
  const second = { codeVersion: '1.2.0', configurationVersion: '3' };
  const third = { codeVersion: '1.3.0', configurationVersion: '4' };
  const selection = { ...order.spec.selection, only: ['a'] };
  const begun = [];
  for (const change of [{}, { release: second }, { release: third, selection }]) {
    const started = await belay.control.start({ ...order, spec: { ...order.spec, ...change } });
    expect(await belay.ended(started.id)).toMatchObject({ status: 'succeeded' });
    begun.push(started.generation);
  }
  return { name, order, first: begun[0]! };
}

describe('a deployment', () => {
  it('begins, ends, and is remembered', async () => {
    const name = uniqueService();
    const started = await belay.control.start({ ...simulatedOrder(folder.path, name, ['a', 'b']), note: 'the first' });
    expect(started.id).toBe(`${name.environment}/${name.service}/${started.generation}`);
    expect(await belay.ended(started.id)).toMatchObject({
      status: 'succeeded',
      actor: 'ann@here',
      note: 'the first',
      counts: { total: 2, succeeded: 2 },
    });
    const details = await belay.control.show(name);
    expect(details.instances).toEqual([
      expect.objectContaining({ instance_id: 'a', state: 'succeeded', code_version: '1.1.0', health: 'healthy' }),
      expect.objectContaining({ instance_id: 'b', state: 'succeeded', code_version: '1.1.0', health: 'healthy' }),
    ]);
    expect(details.events.map((event) => event.type)).toContain('ended');
    expect(await belay.control.logs(name, 'a')).toHaveLength(1);
    expect((await belay.control.history({ service: name.service })).map((row) => row.id)).toEqual([started.id]);
    expect(await belay.control.instanceHistory({ instance: 'a', service: name.service })).toMatchObject([
      { versions: { codeVersion: '1.1.0' }, by: 'ann@here' },
      { versions: { codeVersion: '1.0.0' }, found: true },
    ]);
  });

  it('is named to whoever deploys the service meanwhile, and only one of many begins', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a', 'b'], APPROVAL);
    const tries = await Promise.allSettled(Array.from({ length: 50 }, () => belay.control.start(order)));
    const began = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : []));
    expect(began).toHaveLength(1);
    const [id = ''] = began;
    const holders = tries.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Refused).holder] : []));
    expect(new Set(holders)).toEqual(new Set([id]));
    await belay.until(id, (document) => document.status === 'awaiting_approval');
    const refused = await refusal(belay.control.start(order));
    expect(refused.message).toContain(`is being deployed already: ${id}`);
    expect(refused.holder).toBe(id);
    await belay.control.message(name, 'abort', { by: 'ann' });
    await belay.ended(id);
  });

  it('is told with the time that has passed, until its end', async () => {
    const { name, id } = await waiting();
    const { document } = await belay.control.status(name);
    // Nothing happens meanwhile that its workflow would wake up for.
    await belay.until(id, ({ duration_ms }) => duration_ms > document.duration_ms);
    const [listed] = (await belay.control.overview()).in_flight.filter((each) => each.id === id);
    expect(listed?.duration_ms).toBeGreaterThan(document.duration_ms);
    await belay.control.message(name, 'abort', {});
    const ended = await belay.ended(id);
    expect(await belay.ended(id)).toEqual(ended);
  });

  it('is refused when an instance of it is in another one', async () => {
    const first = await waiting();
    const other = uniqueService();
    const order = simulatedOrder(folder.path, other, ['a']);
    const refused = await refusal(
      belay.control.start({ ...order, spec: { ...order.spec, fleet: first.order.spec.fleet } }),
    );
    expect(refused.message).toContain(first.id);
    await belay.control.message(first.name, 'abort', {});
    await belay.ended(first.id);
  });
});

describe('messages', () => {
  it('reach the one in flight by its service, or by its generation', async () => {
    const { name, id } = await waiting();
    expect(await belay.control.message(name, 'pause', { by: 'ann' })).toMatchObject({
      deployment: id,
      delivered: 'update',
    });
    expect(await belay.control.message(parseDeploymentName(id), 'resume', { by: 'ann' })).toMatchObject({
      deployment: id,
    });
    await belay.until(id, (document) => document.status === 'awaiting_approval');
    await belay.control.message(name, 'approve', { by: 'ann' });
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  });

  it('are refused with the words of whoever refuses', async () => {
    const { name, id } = await waiting();
    const refused = await refusal(belay.control.message(name, 'resume', { by: 'ann' }));
    expect(refused.message).toMatch(/not paused/);
    await belay.control.message(name, 'abort', {});
    await belay.ended(id);
  });

  it('to one that has ended are refused, with what exists', async () => {
    const name = uniqueService();
    const { id } = await belay.control.start(simulatedOrder(folder.path, name, ['a']));
    await belay.ended(id);
    for (const called of [name, parseDeploymentName(id)]) {
      const refused = await refusal(belay.control.message(called, 'abort', {}));
      expect(refused.message).toContain(id);
      // By the orchestrator, while it is closing, or by what is recorded after that.
      expect(refused.message).toContain('has ended (succeeded)');
    }
  });

  it('to an unknown one are refused, with what exists', async () => {
    const name = uniqueService();
    const { id } = await belay.control.start(simulatedOrder(folder.path, name, ['a']));
    await belay.ended(id);
    const unknown = await refusal(belay.control.status({ ...name, service: `${name.service}x` }));
    expect(unknown.hints.join()).toContain(`did you mean ${name.environment}/${name.service}?`);
    const other = await refusal(belay.control.status({ ...name, generation: 999_999 }));
    expect(other.hints.join()).toContain(id);
    // The example's load goes by it.
    expect((await refusal(belay.control.instances(uniqueService()))).name).toBe('NotFound');
  });

  it('pause everything in flight at once', async () => {
    const [one, two] = [await waiting(), await waiting()];
    const answers = await belay.control.pauseAll({ ...asker, reason: 'fire' });
    expect(answers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ deployment: one.id, ok: true }),
        expect.objectContaining({ deployment: two.id, ok: true }),
      ]),
    );
    const { in_flight } = await belay.control.overview();
    expect(in_flight.map((document) => document.status)).toEqual(['paused', 'paused']);
    const again = await belay.control.pauseAll(asker);
    expect(again.map((each) => each.ok && 'already' in each)).toEqual([true, true]);
    for (const { name, id } of [one, two]) {
      await belay.control.message(name, 'abort', {});
      await belay.ended(id);
    }
  });
});

describe('rollback', () => {
  it('of one in flight is a message to it', async () => {
    const { name, id } = await waiting();
    expect(await belay.control.rollback(name, asker)).toMatchObject({
      kind: 'delivered',
      delivered: { deployment: id },
    });
    expect(await belay.ended(id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 1, pending: 2 } });
    const refused = await refusal(belay.control.rollback(name, asker));
    expect(refused.message).toContain('is rolled back already');
  });

  it('of the latest that has ended is a deployment of its own, of what was touched', async () => {
    const { name, id } = await waiting();
    await belay.control.message(name, 'abort', {});
    await belay.ended(id);
    const answer = await belay.control.rollback(name, { ...asker, reason: 'it was wrong' });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({
      status: 'rolled_back',
      release: null,
      counts: { total: 1, rolled_back: 1 },
    });
  });

  it('of the latest goes to where its instances are now, and leaves those that left the fleet', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a', 'b', 'c']);
    await belay.ended((await belay.control.start(order)).id);
    const path = fleetKey(order.spec.fleet);
    const listed = JSON.parse(readFileSync(path, 'utf8')) as { instance_id: string }[];
    const moved = listed.map((each) => (each.instance_id === 'a' ? { ...each, address: 'new:80' } : each));
    writeFileSync(path, JSON.stringify(moved.filter((each) => each.instance_id !== 'b')));
    const answer = await belay.control.rollback(name, asker);
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(answer.notices).toEqual([expect.stringMatching(/not in the fleet any more.*: b$/)]);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 2 } });
    const members = await belay.store.members(answer.started.generation);
    expect(members.map((member) => [member.name, member.address])).toEqual([
      ['a', 'new:80'],
      ['c', undefined],
    ]);
  });

  it('of the latest, without the list, goes to where its instances were', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a', 'b']);
    await belay.ended((await belay.control.start(order)).id);
    rmSync(fleetKey(order.spec.fleet));
    const answer = await belay.control.rollback(name, asker);
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(answer.notices).toEqual([expect.stringContaining('as the last deployments knew it')]);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 2 } });
  });

  it('of an older one needs --to, which goes back to what ran after that one', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a', 'b']);
    const first = await belay.control.start(order);
    await belay.ended(first.id);
    const later = { codeVersion: '1.2.0', configurationVersion: '3' };
    const second = await belay.control.start({ ...order, spec: { ...order.spec, release: later } });
    await belay.ended(second.id);
    const refused = await refusal(belay.control.rollback(parseDeploymentName(first.id), asker));
    expect(refused.hints.join()).toContain(`--to ${first.generation}`);

    const answer = await belay.control.rollback(name, { ...asker, to: first.generation });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 2 } });
    expect((await belay.control.overview()).running.filter((row) => row.service === name.service)).toMatchObject([
      { versions: { codeVersion: '1.1.0', configurationVersion: '2' }, mixed: false },
    ]);
    const nothing = await refusal(belay.control.rollback(name, { ...asker, to: first.generation }));
    expect(nothing.message).toContain('every instance');
  });

  it('to an older one brings back every instance that was known then, whichever the later ones touched', async () => {
    const { name, order, first } = await releasedUnevenly();
    const answer = await belay.control.rollback(name, { ...asker, reason: 'bad week', to: first });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(answer.notices).toEqual([]);
    const note = `bad week (to what ran after generation ${first})`;
    expect(await belay.ended(answer.started.id)).toMatchObject({
      status: 'rolled_back',
      note,
      counts: { total: 4, rolled_back: 4 },
    });
    expect((await belay.control.overview()).running.filter((row) => row.service === name.service)).toMatchObject([
      { versions: order.spec.release, instances: 4, mixed: false },
    ]);
  });

  it('to an older one goes to the fleet as it is listed now, and names who left it', async () => {
    const { name, order, first } = await releasedUnevenly();
    const path = fleetKey(order.spec.fleet);
    const listed = JSON.parse(readFileSync(path, 'utf8')) as { instance_id: string }[];
    writeFileSync(
      path,
      JSON.stringify(listed.filter((each) => each.instance_id !== 'b').map((each) => ({ ...each, address: 'new:80' }))),
    );
    const answer = await belay.control.rollback(name, { ...asker, to: first });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(answer.notices).toEqual([expect.stringMatching(/not in the fleet any more.*: b$/)]);
    expect(await belay.ended(answer.started.id)).toMatchObject({ counts: { total: 3, rolled_back: 3 } });
    const members = await belay.store.members(answer.started.generation);
    expect(members.map(({ address }) => address)).toEqual(['new:80', 'new:80', 'new:80']);
  });

  it('to an older one, without the list, goes to those whom the last deployments knew', async () => {
    const { name, order, first } = await releasedUnevenly();
    rmSync(fleetKey(order.spec.fleet));
    const answer = await belay.control.rollback(name, { ...asker, to: first });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(answer.notices).toEqual([expect.stringContaining('as the last deployments knew it')]);
    expect(await belay.ended(answer.started.id)).toMatchObject({ counts: { total: 4, rolled_back: 4 } });
  });

  it('of a rollback that was aborted goes to those, too, that it never came to', async () => {
    const { name, order, first } = await releasedUnevenly({ latencyMs: 400 });
    const half = await belay.control.rollback(name, { ...asker, to: first });
    if (half.kind !== 'started') throw new Error(half.kind);
    await belay.control.message(name, 'abort', {});
    const { counts } = await belay.ended(half.started.id);
    expect(counts.pending).toBeGreaterThan(0);
    const answer = await belay.control.rollback(name, asker);
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back' });
    expect((await belay.control.overview()).running.filter((row) => row.service === name.service)).toMatchObject([
      { versions: order.spec.release, instances: 4, mixed: false },
    ]);
  });

  it('to a snapshot file brings versions and health back, and does nothing where they are there', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a', 'b']);
    await belay.ended((await belay.control.start(order)).id);
    const targets = new Map(
      order.instances.map((each) => [each.name, { versions: each.versions!, health: HEALTH.DEGRADED }]),
    );
    const answer = await belay.control.rollbackToSnapshot({ ...asker, ...order, targets });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 2 } });
    const { instances } = await belay.control.show(name);
    expect(instances).toEqual([
      expect.objectContaining({ code_version: '1.0.0', health: 'degraded' }),
      expect.objectContaining({ code_version: '1.0.0', health: 'degraded' }),
    ]);
    const listed = order.instances.map((each) => ({ ...each, health: HEALTH.DEGRADED }));
    expect(await belay.control.rollbackToSnapshot({ ...asker, ...order, instances: listed, targets })).toMatchObject({
      kind: 'nothing',
    });
  });
});

describe('retry', () => {
  it('of one that has ended starts a deployment of its failed instances', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a', 'b', 'c'], {
      maxFailures: { kind: 'count', count: 2 },
      driver: { kind: 'simulated', latencyMs: 1, failures: { b: { kind: 'fail' } } },
    });
    const { id } = await belay.control.start(order);
    expect(await belay.ended(id)).toMatchObject({ status: 'completed_with_failures' });
    const refused = await refusal(belay.control.retry(name, { ...asker, instances: ['a', 'x'] }));
    expect(refused.message).toContain('a, x');
    expect(refused.hints.join()).toContain('failed: b');
    const path = fleetKey(order.spec.fleet);
    const listed = JSON.parse(readFileSync(path, 'utf8')) as object[];
    writeFileSync(path, JSON.stringify(listed.map((each) => ({ ...each, address: 'new:80' }))));
    const answer = await belay.control.retry(name, { ...asker, instances: [] });
    if (answer.kind !== 'started') throw new Error(answer.kind);
    expect(await belay.ended(answer.started.id)).toMatchObject({ counts: { total: 1 } });
    const members = await belay.store.members(answer.started.generation);
    expect(members.map((member) => [member.name, member.address])).toEqual([['b', 'new:80']]);
  });
});
