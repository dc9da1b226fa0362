import { parseFreezeScope } from '../../src/control/freeze-scope';
import { Refused } from '../../src/control/errors';
import { InputError } from '../../src/domain/errors';
import type { FreezeScope } from '../../src/domain/freeze';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
});
afterAll(() => belay.shut());

const asker = { actor: 'bob@there' };

async function refusal(promise: Promise<unknown>): Promise<Refused> {
  const error: unknown = await promise.then(
    () => new Error('it was done'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refused)) throw error;
  return error;
}

const freeze = (scope: FreezeScope, change: object = {}) =>
  belay.control.freeze({ scope, by: 'ann@here', reason: 'audit', replace: false, ...change });

describe('what is frozen', () => {
  it('is refused before anything is stored, until it is lifted', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a']);
    await freeze(name, { until: { kind: 'after', ms: 3_600_000 } });
    const { message } = await refusal(belay.control.start(order));
    expect(message).toMatch(
      /is frozen: ann@here froze .* at .* UTC, until .* UTC: audit; lift it with `belay unfreeze/,
    );
    expect(await belay.control.history({ service: name.service })).toEqual([]);
    expect((await belay.control.overview()).frozen).toMatchObject([{ scope: name, by: 'ann@here', reason: 'audit' }]);

    expect(await belay.control.unfreeze(name, { ...asker, reason: 'done' })).toMatchObject({
      freeze: { scope: name, lifted: { by: 'bob@there', reason: 'done' } },
      still: [],
    });
    const { id } = await belay.control.start(order);
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
    expect((await belay.control.overview()).frozen).toEqual([]);
  });

  it('is deployed to for a reason, which is in the event log', async () => {
    const name = uniqueService();
    await freeze({ environment: name.environment });
    const order = simulatedOrder(folder.path, name, ['a']);
    const { id } = await belay.control.start({ ...order, overrideFreeze: 'the site is down' });
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
    const { events } = await belay.control.show(name);
    const row = await belay.store.latest(name.environment, name.service);
    expect(await belay.store.request(row!.requestId)).toMatchObject({ overrideFreeze: 'the site is down' });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'freeze_overridden',
        by: 'ann@here',
        reason: expect.stringMatching(/^the site is down \(ann@here froze .*: audit\)$/),
      }),
    );
    await belay.control.unfreeze({ environment: name.environment }, asker);
  });

  it('is held where it was in flight, is named to whoever froze it, and can go back in every way', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a', 'b'], {
      approvals: [{ beforeBatch: 2, onTimeout: 'pause' }],
    });
    const one = await belay.control.start(order);
    await belay.until(one.id, ({ status }) => status === 'awaiting_approval');
    expect((await freeze(name)).in_flight).toEqual([one.id]);
    await belay.control.message(name, 'approve', {});
    await belay.until(one.id, ({ awaiting }) => awaiting?.kind === 'window');
    await belay.control.rollback(name, asker);
    expect(await belay.ended(one.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 1 } });

    const two = await belay.control.start({ ...order, overrideFreeze: 'once more' });
    await belay.until(two.id, ({ status }) => status === 'awaiting_approval');
    await belay.control.message(name, 'approve', {});
    expect(await belay.ended(two.id)).toMatchObject({ status: 'succeeded' });
    const ended = await belay.control.rollback(name, asker);
    if (ended.kind !== 'started') throw new Error(ended.kind);
    expect(await belay.ended(ended.started.id)).toMatchObject({ status: 'rolled_back' });

    const targets = new Map(
      ['a', 'b'].map((each) => [
        each,
        { versions: { codeVersion: '0.9.0', configurationVersion: '1' }, health: 1 as const },
      ]),
    );
    const back = await belay.control.rollbackToSnapshot({ ...asker, ...order, targets });
    if (back.kind !== 'started') throw new Error(back.kind);
    expect(await belay.ended(back.started.id)).toMatchObject({ status: 'rolled_back' });
  });

  it('refuses to try again what failed, unless for a reason', async () => {
    const name = uniqueService();
    const { id } = await belay.control.start(
      simulatedOrder(folder.path, name, ['a', 'b'], {
        maxFailures: { kind: 'count', count: 1 },
        driver: { kind: 'simulated', latencyMs: 1, failures: { b: { kind: 'fail' } } },
      }),
    );
    await belay.ended(id);
    await freeze(name);
    expect((await refusal(belay.control.retry(name, { ...asker, instances: [] }))).message).toContain('is frozen');
    const again = await belay.control.retry(name, { ...asker, instances: [], overrideFreeze: 'only one is left' });
    if (again.kind !== 'started') throw new Error(again.kind);
    await belay.ended(again.started.id);
  });

  it('has a worker refuse what was asked for before, too', async () => {
    const name = uniqueService();
    const order = simulatedOrder(folder.path, name, ['a']);
    await freeze(name);
    const early = belay.store.freezesInForce;
    // As when the freeze is placed between the look of whoever deploys and the worker's.
    belay.store.freezesInForce = () => {
      belay.store.freezesInForce = early;
      return Promise.resolve([]);
    };
    const { message } = await refusal(belay.control.start(order));
    expect(message).toContain('is frozen: ann@here froze');
    expect(await belay.control.history({ service: name.service })).toEqual([]);
  });
});

describe('freezing and lifting', () => {
  it('refuses what is frozen already, and names by whom; --replace takes its place', async () => {
    const name = uniqueService();
    await freeze(name);
    expect(await freeze(name)).toMatchObject({ already: true });
    const refused = await refusal(freeze(name, { reason: 'another one' }));
    expect(refused.message).toMatch(/is frozen already: ann@here froze .*: audit/);
    expect(refused.hints.join()).toContain('--replace');
    expect(await freeze(name, { reason: 'another one', replace: true })).toMatchObject({
      freeze: { reason: 'another one' },
      replaced: { reason: 'audit' },
    });
    await belay.control.unfreeze(name, asker);
  });

  it('refuses to lift what is not there, and says what is', async () => {
    const [one, other] = [uniqueService(), uniqueService()];
    await freeze(one);
    const refused = await refusal(belay.control.unfreeze(other, asker));
    expect(refused.message).toContain(`${other.environment}/${other.service} has no freeze of its own`);
    expect(refused.hints.join()).toContain(`ann@here froze ${one.environment}/${one.service}`);
  });

  it('refuses to lift a freeze of everything where only parts are frozen', async () => {
    await freeze(uniqueService());
    expect((await refusal(belay.control.unfreeze({}, asker))).message).toContain('there is no freeze of everything');
  });

  it('names what else binds there', async () => {
    const name = uniqueService();
    const { environment } = name;
    await freeze({ environment });
    await freeze(name);
    expect((await belay.control.unfreeze(name, asker)).still.map(({ scope }) => scope)).toEqual([{ environment }]);
    await belay.control.unfreeze({ environment }, asker);
  });

  it('refuses an end that has passed by the clock of the database', async () => {
    const until = { kind: 'at', at: new Date(Date.now() - 60_000) };
    await expect(freeze(uniqueService(), { until })).rejects.toThrow(InputError);
    await expect(freeze(uniqueService(), { until })).rejects.toThrow('in the past');
  });

  it('remarks that nothing was ever deployed there', async () => {
    const name = uniqueService();
    await belay.ended((await belay.control.start(simulatedOrder(folder.path, name, ['a']))).id);
    expect((await freeze(name)).notices).toEqual([]);
    const { notices } = await freeze({ ...name, service: `${name.service}x` });
    expect(notices.join()).toContain(`did you mean ${name.environment}/${name.service}?`);
  });
});

describe('a scope', () => {
  it.each([
    [undefined, {}],
    ['production/*', { environment: 'production' }],
    ['production/web', { environment: 'production', service: 'web' }],
  ])('%j', (text, scope) => {
    expect(parseFreezeScope(text)).toEqual(scope);
  });

  it.each(['', 'web', 'production/', '*/web', 'production/web/12', 'production/we b', '/'])('%j is none', (text) => {
    expect(() => parseFreezeScope(text)).toThrow(InputError);
    expect(() => parseFreezeScope(text)).toThrow('production/web');
  });
});
