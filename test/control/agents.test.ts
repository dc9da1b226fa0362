import { setTimeout as delay } from 'node:timers/promises';
import { HEALTH } from '../../src/domain';
import { parseDeploymentName } from '../../src/control/name';
import { Agents, obey } from '../support/agents';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';
import { query } from '../support/postgres';

const folder = temporaryFolder();
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const { HEALTHY, DEGRADED, FAILED } = HEALTH;

let belay: Belay;
let fleets: Agents[] = [];
let serial = 0;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
});
afterAll(() => belay.shut());
afterEach(async () => {
  await Promise.all(fleets.map((each) => each.end()));
  fleets = [];
});

async function agents(count: number, unknownAfterMs?: number) {
  const fleet = new Agents(belay.store, unknownAfterMs);
  fleets.push(fleet);
  const prefix = `agent-${serial++}`;
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await fleet.add(names, OLD);
  return { fleet, names };
}

type Spec = NonNullable<Parameters<typeof simulatedOrder>[3]>;

async function start(fleet: Agents, spec: Spec = {}) {
  const service = uniqueService();
  const instances = await belay.store.matching(fleet.fleet.labels);
  const order = simulatedOrder(folder.path, service, [], { driver: { kind: 'agent' }, fleet: fleet.fleet, ...spec });
  const { snapshotFile: _, ...rest } = order.spec;
  const started = await belay.control.start({ ...order, spec: rest, instances });
  return { ...started, service };
}

const windowOf = (count: number): Spec['strategy'] => ({
  kind: 'rolling',
  batching: { kind: 'window', size: { kind: 'count', count } },
  bakeMs: 0,
});
const reasonOf = async (id: string) => {
  const { failures } = await belay.ended(id);
  return failures.map(({ instance, reason }) => `${instance}: ${reason}`);
};

it('brings instances that change themselves to the release, no more at a time than the window holds', async () => {
  const { fleet, names } = await agents(12);
  const { id } = await start(fleet, { strategy: windowOf(3)! });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 12 } });
  for (const name of names) expect(fleet.states.get(name)).toMatchObject({ versions: NEW, health: HEALTHY });
  expect(fleet.mostInFlight).toBeLessThanOrEqual(3);
});

it('keeps to batches as well', async () => {
  const { fleet } = await agents(5);
  const { id } = await start(fleet, {
    strategy: {
      kind: 'rolling',
      batching: {
        kind: 'batches',
        sizes: [
          { kind: 'count', count: 1 },
          { kind: 'count', count: 2 },
        ],
        pauseBetweenMs: 0,
      },
      bakeMs: 0,
    },
  });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', step: { of: expect.any(Number) } });
  expect(fleet.mostInFlight).toBeLessThanOrEqual(2);
});

it('takes everything touched back when one reports that it failed', async () => {
  const { fleet, names } = await agents(4);
  fleet.behaviours.set(names[2]!, (state, { generation, versions }) =>
    versions.codeVersion === NEW.codeVersion
      ? { ...state, generation, health: FAILED, reason: 'no space left' }
      : { versions, generation, health: HEALTHY },
  );
  const { id } = await start(fleet);
  const document = await belay.ended(id);
  expect(document).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 3 } });
  expect(document.failures).toMatchObject([
    { instance: names[2], reason: expect.stringContaining('reports that it failed: no space left; it runs 1.0.0 / 1') },
  ]);
  for (const name of names) expect(fleet.states.get(name)).toMatchObject({ versions: OLD, health: HEALTHY });
});

it.each([
  ['its first', 1],
  ['its second', 2],
])(
  'does not take it that instances are healthy for long enough whose agents died after %s heartbeat',
  async (_, last) => {
    const { fleet, names } = await agents(3, 1_500);
    const said = new Map<string, number>();
    for (const name of names) {
      fleet.behaviours.set(name, (state, desired) => {
        if (state.generation < desired.generation) return obey(state, desired, name);
        const count = (said.get(name) ?? 0) + 1;
        said.set(name, count);
        return { ...state, mute: count >= last };
      });
    }
    const { id } = await start(fleet, { onFailure: 'abort', minHealthyMs: 500, strategy: windowOf(1)! });
    const document = await belay.ended(id);
    expect(document).toMatchObject({ status: 'failed', counts: { succeeded: 0, failed: 1, pending: 2 } });
    expect(document.failures).toMatchObject([{ reason: expect.stringContaining('its heartbeats stopped') }]);
  },
);

it('has a failed one try again, as often as it may', async () => {
  const { fleet, names } = await agents(1);
  fleet.behaviours.set(names[0]!, (state, { generation, versions, attempt }) =>
    attempt < 3
      ? { ...state, generation, attempt, health: FAILED }
      : { versions, generation, attempt, health: HEALTHY },
  );
  const { id } = await start(fleet, {
    retry: { maxAttempts: 3, initialIntervalMs: 50, backoff: 1, maxIntervalMs: 50 },
  });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  expect(fleet.told.get(names[0]!)?.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

it('does not take what an agent says of an attempt that was given up for the next one', async () => {
  const { fleet, names } = await agents(1);
  let told = 0;
  fleet.behaviours.set(names[0]!, (state, { generation, versions, attempt }) => {
    if (attempt === 1) return { ...state, generation, attempt, health: DEGRADED };
    // The first attempt's end comes late: the second one was begun meanwhile.
    if (told++ < 5) return { ...state, generation, attempt: 1, health: FAILED, reason: 'too late' };
    return { versions, generation, attempt, health: HEALTHY };
  });
  const { id } = await start(fleet, {
    timeouts: { instanceMs: 400, healthMs: 30_000 },
    retry: { maxAttempts: 2, initialIntervalMs: 50, backoff: 1, maxIntervalMs: 50 },
  });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
});

const alone: Spec = { onFailure: 'abort', timeouts: { instanceMs: 400, healthMs: 400 } };

describe('an instance fails whose agent', () => {
  it('never obeys', async () => {
    const { fleet, names } = await agents(1);
    fleet.behaviours.set(names[0]!, () => undefined);
    const { id } = await start(fleet, alone);
    expect(await reasonOf(id)).toEqual([
      expect.stringMatching(/after 400ms .*never obeyed: it still reports 1\.0\.0 \/ 1, wanted 1\.1\.0/),
    ]);
    expect(await belay.store.inventoryInstance(names[0]!)).not.toHaveProperty('desired');
  });

  it('says that it obeyed, and is healthy on the old version', async () => {
    const { fleet, names } = await agents(1);
    fleet.behaviours.set(names[0]!, (state, { generation }) => ({ ...state, generation }));
    const { id } = await start(fleet, alone);
    expect(await reasonOf(id)).toEqual([expect.stringMatching(/still reports 1\.0\.0 \/ 1/)]);
  });

  it('is never well on the new version', async () => {
    const { fleet, names } = await agents(1);
    fleet.behaviours.set(names[0]!, (_, { versions, generation }) => ({
      versions,
      generation,
      health: DEGRADED,
      reason: 'answered 503',
    }));
    const { id } = await start(fleet, alone);
    expect(await reasonOf(id)).toEqual([expect.stringMatching(/it is degraded 400ms after .*: answered 503/)]);
  });

  it('is well and then not, again and again', async () => {
    const { fleet, names } = await agents(1);
    let count = 0;
    fleet.behaviours.set(names[0]!, (_, { versions, generation }) => ({
      versions,
      generation,
      health: count++ % 4 < 2 ? HEALTHY : DEGRADED,
    }));
    const { id } = await start(fleet, { ...alone, minHealthyMs: 300 });
    expect(await reasonOf(id)).toEqual([expect.stringMatching(/healthy and then not/)]);
  });

  it('falls silent in the middle', async () => {
    const { fleet, names } = await agents(1, 300);
    fleet.behaviours.set(names[0]!, (state) => ({ ...state, mute: true }));
    const { id } = await start(fleet, { onFailure: 'abort' });
    expect(await reasonOf(id)).toEqual([expect.stringMatching(/heartbeats stopped/)]);
  });

  it('obeys somebody newer', async () => {
    const { fleet, names } = await agents(1);
    fleet.behaviours.set(names[0]!, (state, { generation }) => ({ ...state, generation: generation + 5 }));
    const { id } = await start(fleet, { onFailure: 'abort' });
    expect(await reasonOf(id)).toEqual([expect.stringMatching(/obeys generation \d+, which is newer/)]);
  });

  it('leaves the inventory', async () => {
    const { fleet, names } = await agents(2);
    fleet.behaviours.set(names[0]!, (state, _, name) => {
      void belay.store.removeFromInventory(name, 'ann');
      return { ...state, mute: true };
    });
    const { id } = await start(fleet, { onFailure: 'abort', strategy: windowOf(1)! });
    expect(await belay.ended(id)).toMatchObject({
      status: 'succeeded',
      counts: { succeeded: 1, skipped: 1, failed: 0 },
    });
    const { generation } = parseDeploymentName(id);
    const told = await belay.store.events({ generation: generation! });
    expect(told.filter(({ type }) => type === 'left')).toMatchObject([{ instance: names[0] }]);
    expect(await belay.control.instances(parseDeploymentName(id))).toMatchObject([
      { instance_id: names[0], state: 'skipped' },
      { instance_id: names[1], state: 'succeeded' },
    ]);
  });

  it('leaves the inventory and comes back', async () => {
    const { fleet, names } = await agents(2);
    const [first] = names as [string, string];
    let gone = false;
    fleet.behaviours.set(first, (state, desired) => {
      if (gone) return obey(state, desired, first);
      gone = true;
      void belay.store.removeFromInventory(first, 'ann');
      return { ...state, mute: true };
    });
    const { id } = await start(fleet, { onFailure: 'abort', strategy: windowOf(1)! });
    await belay.until(id, ({ counts }) => counts.skipped === 1);
    await fleet.add([first], OLD);
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 2, skipped: 0 } });
  });
});

it('leaves one alone that a person excludes in the middle, and goes on with the others', async () => {
  const { fleet, names } = await agents(2);
  const [first] = names as [string, string];
  fleet.behaviours.set(first, (_state, _desired, name) => {
    void belay.store.excludeFromFleets(name, 'ann', 'its disk');
    return undefined;
  });
  const { id } = await start(fleet, { onFailure: 'abort', strategy: windowOf(1)! });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 1, skipped: 1, failed: 0 } });
  expect(fleet.states.get(first)).toMatchObject({ versions: OLD });
});

it('tells a new machine that takes the place of one in the middle of its change', async () => {
  const { fleet, names } = await agents(1);
  const [name] = names as [string];
  let isNew = false;
  fleet.behaviours.set(name, (state, desired) =>
    isNew ? obey(state, desired, name) : { ...state, generation: desired.generation, health: HEALTH.UNKNOWN },
  );
  const { id } = await start(fleet, { onFailure: 'abort' });
  await belay.until(id, ({ counts }) => counts.in_flight === 1);
  for (;;) {
    const { generation, health } = (await belay.store.agentReports([name])).get(name)!;
    if (generation > 0 && health === HEALTH.UNKNOWN) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await fleet.add([name], OLD);
  isNew = true;
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 1 } });
  expect(fleet.states.get(name)).toMatchObject({ versions: NEW });
});

it('does not count against an instance the time in which nobody listened', async () => {
  const { fleet, names } = await agents(1);
  const name = names[0]!;
  const state = fleet.states.get(name)!;
  fleet.states.set(name, { ...state, mute: true });
  const anHourAgo = `clock_timestamp() - interval '1 hour'`;
  await query(
    belay.environment.DATABASE_URL!,
    `insert into hearing (since, until) values (${anHourAgo}, ${anHourAgo})`,
  );
  try {
    const { id } = await start(fleet, alone);
    const told = async () => (await belay.store.agentReports([name])).get(name)!;
    while (!((await told()).desiredForMs > 2_000)) await delay(50);
    expect(await belay.until(id, () => true)).toMatchObject({ status: 'running', counts: { in_flight: 1 } });
    await belay.store.hearing();
    fleet.states.set(name, state);
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  } finally {
    await query(belay.environment.DATABASE_URL!, 'delete from hearing');
  }
});

it('stops at once when it is aborted, and those that have not begun never do', async () => {
  const { fleet, names } = await agents(3);
  for (const name of names) fleet.behaviours.set(name, () => undefined);
  const { id, service } = await start(fleet, { strategy: windowOf(2)! });
  await belay.until(id, ({ counts }) => counts.in_flight === 2);
  await belay.control.message(service, 'abort', { by: 'ann' });
  expect(await belay.ended(id)).toMatchObject({ status: 'aborted' });
  for (const name of names) fleet.behaviours.delete(name);
  for (const name of names) expect(await belay.store.inventoryInstance(name)).not.toHaveProperty('desired');
  for (const name of names) expect(fleet.states.get(name)).toMatchObject({ versions: OLD, generation: 0 });
});

it('goes on where another worker was, when its worker ends', async () => {
  const { fleet, names } = await agents(6);
  let held = true;
  fleet.behaviours.set(names[3]!, (_, { versions, generation }) =>
    held ? undefined : { versions, generation, health: HEALTHY },
  );
  const { id } = await start(fleet, { strategy: windowOf(2)! });
  await belay.until(id, ({ counts }) => counts.succeeded === 5);
  await belay.rest();
  held = false;
  await belay.work();
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 6 } });
  expect(fleet.told.get(names[3]!)).toHaveLength(1);
});

it('brings in those who register in the middle', async () => {
  const { fleet, names } = await agents(2);
  let held = true;
  fleet.behaviours.set(names[1]!, (_, { versions, generation }) =>
    held ? undefined : { versions, generation, health: HEALTHY },
  );
  const { id } = await start(fleet);
  await belay.until(id, ({ counts }) => counts.succeeded === 1);
  await fleet.add([`${names[0]}-late`], OLD);
  held = false;
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 3 } });
  expect(fleet.states.get(`${names[0]}-late`)).toMatchObject({ versions: NEW });
});
