import { randomUUID } from 'node:crypto';
import type { FreezeScope } from '../../src/domain/freeze';
import type { FreezeAnswer, FreezeOrder } from '../../src/store';
import { begin, spec, statusDocument, requested, taken, useStore } from './builders';

const used = useStore();

/** Freezes bind what they name in this database, so every test names a service of its own; some are lifted again. */
const newService = () => `s-${randomUUID().slice(0, 8)}`;
const order = (scope: FreezeScope, change: Partial<FreezeOrder> = {}): FreezeOrder => {
  return { scope, by: 'bob', reason: 'audit', replace: false, ...change };
};
/** What became of the freezes of this very service. */
const listed = async (scope: { environment: string; service: string }) =>
  (await used.store.freezes(scope)).filter(({ scope: { service } }) => service === scope.service);
const inForce = async (environment: string, service: string) =>
  (await used.store.freezesInForce({ environment, service })).map(({ scope }) => scope);

function frozen(answer: FreezeAnswer) {
  if (answer.kind !== 'frozen') throw new Error(answer.kind);
  return answer;
}

/** The last step of a begin, after all else was done: the deployment is there, or what forbids it is answered. */
async function lastStep(service: string, request: { kind?: 'rollback'; overrideFreeze?: string } = {}) {
  const { store } = used;
  const fleet = `/srv/${service}.json`;
  const members = requested(['a']);
  const asked = { kind: 'deploy' as const, spec: spec(service, fleet), actor: 'ann', ...request };
  const requestId = await store.createRequest(asked, members);
  const run = { requestId, workflowId: `deploy/test/${service}`, runId: randomUUID() };
  const generation = await store.drawFor(run);
  await store.claim(generation, fleet, ['a'], 'all');
  await store.takeSnapshot(generation, taken(members));
  const document = statusDocument(generation, service);
  const create = () => store.createDeployment({ ...run, generation, document, answer: {} });
  return { generation, create, id: document.id };
}

describe('a freeze', () => {
  it('is in force until it is lifted, and tells who, when and why', async () => {
    const { store } = used;
    const scope = { environment: 'test', service: newService() };
    const { freeze } = frozen(await store.freeze(order(scope)));
    expect(freeze).toEqual({
      id: expect.any(Number),
      scope,
      by: 'bob',
      reason: 'audit',
      since: expect.any(Date),
      isInForce: true,
    });
    expect(await store.freezesInForce(scope)).toEqual([freeze]);
    const lifted = await store.unfreeze({ scope, by: 'eve', reason: 'audit is over' });
    expect(lifted).toMatchObject({ isInForce: false, lifted: { by: 'eve', reason: 'audit is over' } });
    expect(await store.freezesInForce(scope)).toEqual([]);
    expect(await listed(scope)).toEqual([lifted]);
    expect(await store.unfreeze({ scope, by: 'eve' })).toBeUndefined();
    const log = (await store.events({})).filter(({ service }) => service === scope.service);
    expect(log).toMatchObject([
      { environment: 'test', type: 'frozen', by: 'bob', reason: expect.stringContaining('audit') },
      { environment: 'test', type: 'unfrozen', by: 'eve', reason: expect.stringContaining('audit is over') },
    ]);
  });

  it('binds a service, all of an environment, or everything', async () => {
    const { store } = used;
    const environment = `e-${randomUUID().slice(0, 8)}`;
    const scopes = [{ environment, service: 'web' }, { environment }, {}];
    for (const scope of scopes) frozen(await store.freeze(order(scope)));
    expect(await inForce(environment, 'web')).toEqual(scopes);
    expect(await inForce(environment, 'api')).toEqual([{ environment }, {}]);
    expect(await inForce('elsewhere', 'web')).toEqual([{}]);
    await store.unfreeze({ scope: {}, by: 'bob' });
    expect(await inForce('elsewhere', 'web')).toEqual([]);
    expect((await store.freezesInForce({})).map(({ scope }) => scope)).toEqual(
      expect.arrayContaining([{ environment }]),
    );
  });

  it('is over when its time has come, by the clock of the database', async () => {
    const { store } = used;
    const scope = { environment: 'test', service: newService() };
    const { freeze } = frozen(await store.freeze(order(scope, { until: { kind: 'after', ms: 50 } })));
    expect(freeze.until!.getTime()).toBeGreaterThanOrEqual(freeze.since.getTime());
    while ((await store.freezesInForce(scope)).length > 0);
    expect(await listed(scope)).toEqual([{ ...freeze, isInForce: false }]);
    expect(await store.unfreeze({ scope, by: 'bob' })).toBeUndefined();
    expect(await store.freeze(order(scope))).toMatchObject({ kind: 'frozen' });
  });

  it('that would be over already is none', async () => {
    const { store } = used;
    const scope = { environment: 'test', service: newService() };
    expect(await store.freeze(order(scope, { until: { kind: 'at', at: new Date(0) } }))).toMatchObject({
      kind: 'past',
      now: expect.any(Date),
    });
    expect(await listed(scope)).toEqual([]);
  });

  it('of what is frozen changes nothing, unless it is to be replaced', async () => {
    const { store } = used;
    const scope = { environment: 'test', service: newService() };
    const until = { kind: 'at' as const, at: new Date(Date.now() + 3_600_000) };
    const { freeze } = frozen(await store.freeze(order(scope, { until })));
    expect(await store.freeze(order(scope, { until }))).toMatchObject({ kind: 'same', freeze });
    expect(await store.freeze(order(scope))).toEqual({ kind: 'taken', freeze });
    expect(await store.freeze(order(scope, { until, by: 'eve' }))).toEqual({ kind: 'taken', freeze });
    const longer = frozen(await store.freeze(order(scope, { by: 'eve', reason: 'still going', replace: true })));
    expect(longer.replaced).toEqual(freeze);
    expect(await store.freezesInForce(scope)).toEqual([longer.freeze]);
    expect(await listed(scope)).toMatchObject([
      { by: 'eve' },
      { by: 'bob', lifted: { by: 'eve', reason: 'replaced: still going' } },
    ]);
  });

  it('is placed by one of many who freeze the same at once', async () => {
    const { store } = used;
    const scope = { environment: 'test', service: newService() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => store.freeze(order(scope, { by: `p${i}` }))),
    );
    expect(answers.filter(({ kind }) => kind === 'frozen')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'taken')).toHaveLength(9);
  });

  it('names the deployments there that go on', async () => {
    const { store } = used;
    const [one, other] = [await begin(store), await begin(store)];
    const scope = { environment: 'test', service: one.service };
    expect(frozen(await store.freeze(order(scope))).inFlight).toEqual([`test/${one.service}/${one.generation}`]);
    await store.end(statusDocument(one.generation, one.service, { status: 'succeeded' }));
    await store.unfreeze({ scope, by: 'bob' });
    expect(frozen(await store.freeze(order(scope))).inFlight).toEqual([]);
    await store.end(statusDocument(other.generation, other.service, { status: 'succeeded' }));
  });
});

describe('the last step of a begin', () => {
  it('is refused where it is frozen, and leaves no deployment', async () => {
    const { store } = used;
    const service = newService();
    const { generation, create } = await lastStep(service);
    const { freeze } = frozen(await store.freeze(order({ environment: 'test', service })));
    expect(await create()).toEqual([freeze]);
    expect(await store.deployment(generation)).toBeUndefined();
    expect(await store.events({ generation })).toEqual([]);
    await store.unfreeze({ scope: freeze.scope, by: 'bob' });
    expect(await create()).toEqual([]);
    expect(await store.deployment(generation)).toBeDefined();
  });

  it('stands when it is repeated after a freeze: it began before', async () => {
    const { store } = used;
    const service = newService();
    const { create } = await lastStep(service);
    expect(await create()).toEqual([]);
    frozen(await store.freeze(order({ environment: 'test', service })));
    expect(await create()).toEqual([]);
  });

  it('of a rollback goes through', async () => {
    const service = newService();
    frozen(await used.store.freeze(order({ environment: 'test', service })));
    expect(await (await lastStep(service, { kind: 'rollback' })).create()).toEqual([]);
  });

  it('goes through for a reason, which is recorded with what it went past', async () => {
    const { store } = used;
    const service = newService();
    const { generation, create } = await lastStep(service, { overrideFreeze: 'the site is down' });
    frozen(await store.freeze(order({ environment: 'test', service })));
    expect(await create()).toEqual([]);
    const events = await store.events({ generation });
    expect(events.map(({ type }) => type)).toEqual(['started', 'freeze_overridden']);
    expect(events[1]).toMatchObject({
      by: 'ann',
      reason: expect.stringMatching(/^the site is down \(bob froze test\/.* until it is lifted: audit\)$/),
    });
    const row = await store.deployment(generation);
    expect(await store.request(row!.requestId)).toMatchObject({ overrideFreeze: 'the site is down' });
  });

  it('records no override where nothing is frozen', async () => {
    const { create, generation } = await lastStep(newService(), { overrideFreeze: 'just in case' });
    expect(await create()).toEqual([]);
    expect((await used.store.events({ generation })).map(({ type }) => type)).toEqual(['started']);
  });

  it('races with a freeze: either it is refused, or the freeze names it as in flight', async () => {
    const { store } = used;
    for (let round = 0; round < 20; round++) {
      const service = newService();
      const { id, create } = await lastStep(service);
      const place = async () => frozen(await store.freeze(order({ environment: 'test', service })));
      const first = round % 2 === 0 ? place() : undefined;
      const [forbidding, answer] = await Promise.all([create(), first ?? place()]);
      expect(forbidding.length === 0 ? answer.inFlight : [id]).toEqual([id]);
      if (forbidding.length > 0) expect(answer.inFlight).toEqual([]);
    }
  });
});
