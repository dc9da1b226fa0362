import { Client } from 'pg';
import type { Status } from '../../src/domain';
import { begin, change, changeKey, draw, requested, spec, statusDocument, taken, useStore } from './builders';

const used = useStore();

it('keeps a request as it was asked for', async () => {
  const { store } = used;
  const target = { versions: { codeVersion: '0.9', configurationVersion: '7' }, health: 2 as const };
  const members = requested(['b', 'a']).map((member) => ({ ...member, target }));
  const asked = {
    kind: 'rollback' as const,
    spec: spec('asked'),
    actor: 'ann',
    note: 'why not',
    rollbackOf: 7,
    expected: [{ name: 'a' }],
  };
  const id = await store.createRequest(asked, members);
  const { createdAt, ...request } = (await store.request(id))!;
  expect(request).toEqual({ id, ...asked });
  expect(createdAt).toBeInstanceOf(Date);
  expect(await store.requestedMembers(id)).toEqual(members);
  expect(await store.request('00000000-0000-0000-0000-000000000000')).toBeUndefined();
});

it('begins once', async () => {
  const { store } = used;
  const { generation, service, requestId } = await draw(store);
  expect(await store.begun(generation)).toBeUndefined();
  await store.claim(generation, `/srv/${service}.json`, ['a', 'b', 'c'], 'all');
  await store.takeSnapshot(generation, taken(requested(['a', 'b', 'c'])));
  const deployment = {
    generation,
    requestId,
    workflowId: 'w',
    runId: 'r',
    document: statusDocument(generation, service),
  };
  await Promise.all(
    ['one', 'two', 'three'].map((answer) => store.createDeployment({ ...deployment, answer: { answer } })),
  );
  expect(await store.members(generation)).toHaveLength(3);
  expect((await store.events({ generation })).map(({ type, by }) => ({ type, by }))).toEqual([
    { type: 'started', by: 'ann' },
  ]);
  const answer = await store.begun(generation);
  await store.createDeployment({ ...deployment, answer: 'later' });
  expect(await store.begun(generation)).toEqual(answer);
});

it('does not begin when its claims are gone, and keeps them once it has begun', async () => {
  const { store } = used;
  const { generation, service, requestId } = await draw(store);
  const fleet = `/srv/${service}.json`;
  const names = ['a', 'b', 'c'];
  const document = statusDocument(generation, service);
  const deployment = { generation, requestId, workflowId: 'w', runId: 'r', document, answer: {} };
  await store.claim(generation, fleet, names, 'all');
  await store.abandon(generation);
  await expect(store.createDeployment(deployment)).rejects.toThrow('lost its claim');
  expect(await store.begun(generation)).toBeUndefined();

  await store.claim(generation, fleet, names, 'all');
  await store.takeSnapshot(generation, taken(requested(names)));
  await store.createDeployment(deployment);
  await store.abandon(generation);
  const { generation: other } = await draw(store);
  expect(await store.claim(other, fleet, names, 'all')).toHaveLength(3);
});

it('ends once: the first status stands, and claims go with it', async () => {
  const { store, database } = used;
  const { generation, service } = await begin(store);
  const statuses = ['succeeded', 'failed', 'aborted'] as const;
  await Promise.all(statuses.map((status) => store.end(statusDocument(generation, service, { status, reason: 'so' }))));
  const row = (await store.deployment(generation))!;
  expect(row.endedAt).toBeInstanceOf(Date);
  expect(row.document.status).toBe(row.status);
  const ends = (await store.events({ generation })).filter(({ type }) => type === 'ended');
  expect(ends.map(({ reason }) => reason)).toEqual([`${row.status}: so`]);

  await store.saveProgress(statusDocument(generation, service, { status: 'running' }));
  await store.end(statusDocument(generation, service, { status: 'cancelled' }));
  expect(await store.deployment(generation)).toEqual(row);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  expect((await client.query('select * from claims where generation = $1', [generation])).rows).toEqual([]);
  await client.end();
});

it('ends one whose orchestrator is lost, and only one that has not ended', async () => {
  const { store } = used;
  const { generation, service } = await begin(store);
  await store.endLost(generation, 'orchestrator lost');
  await store.endLost(generation, 'again');
  const row = (await store.deployment(generation))!;
  expect(row).toMatchObject({ status: 'failed', document: { status: 'failed', reason: 'orchestrator lost' } });
  expect(row.document.ended_at).toBe(row.endedAt!.toISOString());
  expect((await store.events({ generation })).map(({ reason }) => reason)).toEqual([
    undefined,
    'failed: orchestrator lost',
  ]);
  expect(await store.inFlight()).not.toContainEqual(expect.objectContaining({ service }));
});

it('counts what became of each instance of a lost one, whatever its last document says', async () => {
  const { store } = used;
  const names = ['good', 'failed', 'begun', 'back', 'halfway', 'untouched', 'same'];
  const { generation, service } = await begin(store, { names });
  const counts = { ...statusDocument(generation, service).counts, total: 7, pending: 6, unchanged: 1 };
  await store.saveProgress(statusDocument(generation, service, { counts }));
  const outcome = (ordinal: number) => ({ ordinal, name: names[ordinal]!, attempts: 1 });
  const restore = (ordinal: number) => ({ ...changeKey(generation, ordinal), towards: 'snapshot' as const });
  await change(store, generation, 0, 'good');
  await store.openAttempt(changeKey(generation, 1), 0);
  await store.settle(changeKey(generation, 1), { ...outcome(1), result: 'failed', reason: 'disk full' });
  await store.openAttempt(changeKey(generation, 2), 0);
  for (const ordinal of [3, 4]) {
    await change(store, generation, ordinal, names[ordinal]!);
    await store.openAttempt(restore(ordinal), 0);
  }
  await store.settle(restore(3), { ...outcome(3), result: 'restored' });
  await store.endLost(generation, 'orchestrator lost');

  const { document } = (await store.deployment(generation))!;
  const some = { succeeded: 1, failed: 2, rolled_back: 1, unresolved: 1, pending: 1, unchanged: 1 };
  expect(document.counts).toEqual({ ...counts, ...some });
  const unknown = 'its end is not known: the orchestrator was lost';
  expect(document.failures).toEqual([
    { instance: 'failed', reason: 'disk full', attempts: 1 },
    { instance: 'begun', reason: unknown, attempts: 0 },
    { instance: 'halfway', reason: `not restored: ${unknown}`, attempts: 0 },
  ]);
  expect((await store.members(generation))[2]?.changed).toMatchObject({ result: 'failed', reason: unknown });
});

it('finds the one in flight, else the latest, and lists newest first', async () => {
  const { store } = used;
  const service = 'listed';
  const first = await begin(store, { service, names: ['a'] });
  const second = await begin(store, { service, names: ['b'] });
  await store.end(statusDocument(second.generation, service, { status: 'failed' }));
  expect((await store.latest('test', service))?.generation).toBe(first.generation);
  await store.end(statusDocument(first.generation, service, { status: 'succeeded' }));
  expect((await store.latest('test', service))?.generation).toBe(second.generation);

  const list = async (filter: Parameters<typeof store.deployments>[0]) =>
    (await store.deployments(filter)).map(({ generation }) => generation);
  expect(await list({ service })).toEqual([second.generation, first.generation]);
  expect(await list({ service, limit: 1 })).toEqual([second.generation]);
  expect(await list({ service, instance: 'a' })).toEqual([first.generation]);
  expect(await list({ service, environment: 'production' })).toEqual([]);
});

it('saves progress while it goes', async () => {
  const { store } = used;
  const { generation, service } = await begin(store);
  const document = statusDocument(generation, service, { status: 'paused', reason: 'lunch' });
  await store.saveProgress(document);
  expect(await store.deployment(generation)).toMatchObject({ status: 'paused', document });
  expect(await store.inFlight()).toContainEqual(expect.objectContaining({ generation }));
});

it('tells when one stands still, or turns back, and not again for as long as it does', async () => {
  const { store } = used;
  const { generation, service } = await begin(store);
  const save = (status: Status, reason: string) =>
    store.saveProgress(statusDocument(generation, service, { status, reason }));
  await save('running', 'as planned');
  await save('paused', 'two are down');
  await save('paused', 'three are down');
  await Promise.all([save('rolling_back', 'by ann'), save('rolling_back', 'by ann')]);
  await store.end(statusDocument(generation, service, { status: 'rolled_back', ended_at: new Date().toISOString() }));
  await save('paused', 'too late');
  const lines = await store.events({ generation });
  expect(lines.map(({ type, reason }) => [type, reason])).toEqual([
    ['started', undefined],
    ['paused', 'two are down'],
    ['rolling_back', 'by ann'],
    ['ended', 'rolled_back'],
  ]);
});

it('writes a repeated event once, and others as often as they happen', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  const event = { generation, type: 'paused', by: 'ann', reason: 'lunch' };
  await Promise.all([1, 2, 1, 2, 1].map((sequence) => store.appendEventOnce(event, sequence)));
  await store.appendEvent({ ...event, instance: 'a' });
  await store.appendEvent({ ...event, instance: 'a' });
  const events = await store.events({ generation });
  expect(events.map(({ type }) => type)).toEqual(['started', 'paused', 'paused', 'paused', 'paused']);
  expect(events[1]).toMatchObject({ environment: 'test', by: 'ann', reason: 'lunch' });
  expect(await store.events({ generation, limit: 1 })).toEqual(events.slice(-1));
});
