import type { InjectedFailure } from '../../../src/domain';
import { HEALTH } from '../../../src/domain';
import { createTargetDriver } from '../../../src/drivers/target/create';
import { SshConnections } from '../../../src/drivers/target/ssh/connections';
import type { TargetDriver } from '../../../src/drivers/target/driver';
import type { SimulatedState, SimulatedWorld } from '../../../src/drivers/target/world';
import { calm, change, instance } from './fixtures';

/** Keeps states as a store does: behind the fence. */
class World implements SimulatedWorld {
  readonly states = new Map<string, SimulatedState>();

  async read(deployment: number, ordinal: number): Promise<SimulatedState | undefined> {
    return this.states.get(`${deployment}/${ordinal}`);
  }

  async write(deployment: number, ordinal: number, state: SimulatedState): Promise<boolean> {
    const stored = await this.read(deployment, ordinal);
    if (stored !== undefined && stored.generation > state.generation) return false;
    this.states.set(`${deployment}/${ordinal}`, JSON.parse(JSON.stringify(state)) as SimulatedState);
    return true;
  }
}

function driver(failure?: InjectedFailure, latencyMs = 0): TargetDriver {
  const failures: Record<string, InjectedFailure> = failure === undefined ? {} : { 'web-01': failure };
  const place = { environment: 'production', service: 'web' };
  const deps = { world: new World(), environment: {}, connections: new SshConnections() };
  return createTargetDriver({ kind: 'simulated', latencyMs, failures }, place, deps);
}

const probe = (it: TargetDriver) => it.probe(instance(), calm());
const OLD = { kind: 'answered', health: HEALTH.HEALTHY, codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { kind: 'answered', health: HEALTH.HEALTHY, codeVersion: '1.1.0', configurationVersion: '2' };
const BACK = change({
  towards: 'snapshot',
  target: { codeVersion: '1.0.0', configurationVersion: '1' },
  targetHealth: HEALTH.DEGRADED,
  generation: 8,
});

it('is as listed, then as changed, then as restored, and says that nothing was changed', async () => {
  const it = driver();
  expect(await probe(it)).toEqual(OLD);
  expect(await it.change(change(), calm())).toEqual({
    kind: 'done',
    output: 'SIMULATED: NOTHING WAS CHANGED\nweb-01 → 1.1.0 / 2\n',
  });
  expect(await probe(it)).toEqual(NEW);
  expect((await it.change(BACK, calm())).kind).toBe('done');
  expect(await probe(it)).toMatchObject({ ...OLD, health: HEALTH.DEGRADED });
});

it('obeys only the highest generation', async () => {
  for (const kind of [undefined, 'fail', 'lie', 'crash', 'degrade'] as const) {
    const it = driver(kind && { kind });
    await it.change(BACK, calm());
    expect(await it.change(change(), calm())).toMatchObject({
      kind: 'failed',
      reason: 'generation 7 is stale: web-01 obeys generation 8',
    });
    expect(await probe(it)).toMatchObject({ ...OLD, health: HEALTH.DEGRADED });
  }
});

describe('injected failures', () => {
  it.each<[InjectedFailure['kind'], string, object]>([
    ['fail', 'failed', OLD],
    ['lie', 'done', OLD],
    ['crash', 'done', { kind: 'unreachable' }],
    ['slow', 'done', NEW],
  ])('%s', async (kind, answer, then) => {
    const it = driver({ kind });
    expect(await it.change(change(), calm())).toMatchObject({ kind: answer });
    expect(await probe(it)).toMatchObject(then);
    expect((await it.change(BACK, calm())).kind).toBe('done');
    expect(await probe(it)).toMatchObject({ ...OLD, health: HEALTH.DEGRADED });
  });

  it('degrade: good first', async () => {
    const it = driver({ kind: 'degrade' });
    await it.change(change(), calm());
    expect(await probe(it)).toEqual(NEW);
    expect(await probe(it)).toEqual({
      ...NEW,
      health: HEALTH.DEGRADED,
      reason: 'it degraded after a while (injected)',
    });
    expect(await probe(it)).toMatchObject({ health: HEALTH.DEGRADED });
  });

  it('hang: until somebody ends it', async () => {
    const abort = new AbortController();
    const answer = driver({ kind: 'hang' }).change(change(), abort.signal);
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });

  it('hit the first attempts only, and no other instance', async () => {
    const it = driver({ kind: 'fail', times: 2 });
    const kinds = [];
    for (const attempt of [1, 2, 3]) kinds.push((await it.change(change({ attempt }), calm())).kind);
    kinds.push((await it.change(change({ instance: instance({ name: 'web-02', ordinal: 1 }) }), calm())).kind);
    expect(kinds).toEqual(['failed', 'failed', 'done', 'done']);
  });
});

it('ends a slow change when it is aborted, and changes nothing', async () => {
  const abort = new AbortController();
  const it = driver(undefined, 60_000);
  const answer = it.change(change(), abort.signal);
  abort.abort(new Error('enough'));
  await expect(answer).rejects.toThrow('enough');
  await expect(it.probe(instance(), abort.signal)).rejects.toThrow('enough');
  expect(await probe(it)).toEqual(OLD);
});
