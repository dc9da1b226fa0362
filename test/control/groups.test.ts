import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeploymentSpec, Instance, StatusDocument } from '../../src/domain';
import type { AnalysisSpec } from '../../src/domain/analysis';
import type { GroupsSpec } from '../../src/domain/spec';
import { parseDeploymentName } from '../../src/control/name';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

/** Regions one after another, each changed by a worker of its own, on a real server and database. */

const folder = temporaryFolder();
const CANARY: DeploymentSpec['strategy'] = {
  kind: 'canary',
  steps: [
    { kind: 'traffic', weight: 50 },
    { kind: 'analyze', forMs: 400 },
    { kind: 'traffic', weight: 100 },
  ],
  batchSize: { kind: 'count', count: 1 },
  match: [],
  rollback: 'instant',
};

/** What the source of measurements answers of each region, and for which it was asked. */
const measured = { errors: {} as Record<string, number>, asked: new Set<string>() };
const source = createServer((request, response) => {
  const region = new URL(request.url ?? '', 'http://source').searchParams.get('region') ?? '';
  measured.asked.add(region);
  response.end(JSON.stringify({ error_rate: measured.errors[region] }));
});

let belay: Belay;
beforeAll(async () => {
  source.listen(0, '127.0.0.1');
  await once(source, 'listening');
  belay = await Belay.open();
  await belay.work();
});
beforeEach(() => Object.assign(measured, { errors: { eu: 0.01, us: 0.01 }, asked: new Set() }));
afterAll(async () => {
  await belay.shut();
  source.close();
});

function analysis(): AnalysisSpec {
  return {
    source: {
      kind: 'http',
      url: `http://127.0.0.1:${(source.address() as AddressInfo).port}/?v={{version}}&region={{fleet_group}}`,
      timeoutMs: 2_000,
    },
    durationMs: 400,
    intervalMs: 200,
    violations: 1,
    count: 'consecutive',
    onNoData: 'fail',
    onInconclusive: 'fail',
    checks: [{ name: 'errors', quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' }, max: 0.05 }],
  };
}

/** Two instances in each of two regions, which the names don't sort by. */
const REGIONS: Record<string, string> = { a: 'us', b: 'eu', c: 'us', d: 'eu' };

/** @returns where its regions' workers are to wait, too */
async function start(groups: Partial<GroupsSpec>, spec: Partial<DeploymentSpec> = {}) {
  const name = uniqueService();
  const taskQueue = `${name.service}-{{group}}`;
  const order = simulatedOrder(folder.path, name, [], {
    groups: { by: 'region', order: ['eu', 'us'], bakeMs: 0, approve: false, taskQueue, ...groups },
    traffic: { kind: 'nop' },
    ...spec,
  });
  const instances = Object.entries(REGIONS).map(([instance, region]): Instance => {
    const versions = { codeVersion: '1.0.0', configurationVersion: '1' };
    return { name: instance, labels: { region }, versions };
  });
  const listed = instances.map(({ name: instance_id, labels }) => {
    return { instance_id, code_version: '1.0.0', configuration_version: '1', labels };
  });
  writeFileSync(`${folder.path}/${name.service}.json`, JSON.stringify(listed));
  const started = await belay.control.start({ ...order, instances });
  return { ...started, queueOf: (region: string) => taskQueue.replace('{{group}}', region) };
}

/** Which instances were changed or put back, in order, each with the worker that did it. */
async function done(id: string): Promise<string[]> {
  const { workflow_id, run_id } = (await belay.control.status(parseDeploymentName(id))).document;
  const history = await belay.client.workflow.getHandle(workflow_id, run_id).fetchHistory();
  const events = history.events ?? [];
  const scheduled = new Map(
    events.flatMap(({ eventId, activityTaskScheduledEventAttributes: its }) => {
      if (!['changeInstance', 'restoreInstance'].includes(its?.activityType?.name ?? '')) return [];
      const payload = its?.input?.payloads?.[0]?.data ?? new Uint8Array();
      const { name } = JSON.parse(Buffer.from(payload).toString()) as { name: string };
      return [[String(eventId), `${its?.activityType?.name === 'changeInstance' ? '→' : '←'}${name}`]];
    }),
  );
  return events.flatMap(({ activityTaskStartedEventAttributes: its }) => {
    const what = scheduled.get(String(its?.scheduledEventId));
    return what === undefined ? [] : [`${what} by ${its?.identity}`];
  });
}

const isAwaited = ({ status }: StatusDocument) => status === 'awaiting_approval';

it('goes through one region after another, each with its own worker, judged and approved in between', async () => {
  const { id, queueOf } = await start({ bakeMs: 100, approve: true }, { analysis: analysis() });
  const ends = [await belay.workOn(queueOf('eu'), 'eu'), await belay.workOn(queueOf('us'), 'us')];
  const waiting = await belay.until(id, isAwaited);
  expect(waiting).toMatchObject({
    step: { kind: 'approve', summary: 'approval before us' },
    counts: { succeeded: 2, pending: 2 },
    awaiting: { kind: 'approval', command: expect.stringContaining('belay approve') },
  });
  expect([...measured.asked]).toEqual(['eu']);
  expect(await done(id)).toEqual(['→b by eu', '→d by eu']);

  await belay.control.message(parseDeploymentName(id), 'approve', { by: 'ann' });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 4 } });
  expect(await done(id)).toEqual(['→b by eu', '→d by eu', '→a by us', '→c by us']);
  const { events } = await belay.control.show(parseDeploymentName(id));
  expect(events.map(({ type, reason }) => `${type}: ${reason}`)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^approval_requested: before us: `belay approve .*`, or `belay reject .*`$/),
      'group_started: us: group 2 of 2',
    ]),
  );
  await Promise.all(ends.map((end) => end()));
});

it('runs a canary through each region, and takes all of them back when the second fails, each by its own worker', async () => {
  const { id, queueOf } = await start(
    { approve: true },
    { strategy: CANARY, driver: { kind: 'simulated', latencyMs: 1, failures: { c: { kind: 'fail' } } } },
  );
  const ends = [await belay.workOn(queueOf('eu'), 'eu'), await belay.workOn(queueOf('us'), 'us')];
  await belay.until(id, isAwaited);
  expect(await done(id)).toEqual(['→b by eu', '→d by eu']);
  await belay.control.message(parseDeploymentName(id), 'approve', { by: 'ann' });
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    counts: { rolled_back: 4, unresolved: 0 },
    reason: expect.stringContaining('1 of 4 instances failed'),
  });
  const went = await done(id);
  expect(went.slice(0, 4)).toEqual(['→b by eu', '→d by eu', '→a by us', '→c by us']);
  expect(went.slice(4).sort()).toEqual(['←a by us', '←b by eu', '←c by us', '←d by eu']);
  await Promise.all(ends.map((end) => end()));
});

it('judges a canary in each region: one that errs in the first never gets to the second', async () => {
  measured.errors['eu'] = 0.2;
  const { id, queueOf } = await start({}, { strategy: CANARY, analysis: analysis() });
  const end = await belay.workOn(queueOf('eu'), 'eu');
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    counts: { rolled_back: 1, pending: 3 },
    reason: expect.stringContaining('errors is 20%, above 5%'),
  });
  expect(await done(id)).toEqual(['→b by eu', '←b by eu']);
  await end();
});

it.each<[string, Record<string, number>, string]>([
  ['errs in the second', { eu: 0.01, us: 0.2 }, 'errors is 20%, above 5%'],
  ['nobody asked in the second', { eu: 0.01 }, 'no data'],
])('judges each region by what it does itself: one that %s is taken back', async (_, errors, reason) => {
  measured.errors = errors;
  const { id, queueOf } = await start({}, { strategy: CANARY, analysis: analysis() });
  const ends = [await belay.workOn(queueOf('eu'), 'eu'), await belay.workOn(queueOf('us'), 'us')];
  const ended = await belay.ended(id);
  expect(ended).toMatchObject({ status: 'rolled_back', reason: expect.stringContaining(reason) });
  expect((await done(id)).slice(0, 3)).toEqual(['→b by eu', '→d by eu', '→a by us']);
  await Promise.all(ends.map((end) => end()));
});

it('waits for a region that has no worker, says for whom, and goes on as soon as it has one', async () => {
  const { id, queueOf } = await start({});
  const eu = await belay.workOn(queueOf('eu'), 'eu');
  const waiting = await belay.until(id, ({ counts }) => counts.succeeded === 2 && counts.in_flight === 1);
  expect(waiting).toMatchObject({ status: 'running', counts: { pending: 1 }, step: { summary: 'us: batch 3 of 4' } });
  expect(await belay.control.busy(parseDeploymentName(id), 5)).toEqual(['a']);
  expect(await done(id)).toEqual(['→b by eu', '→d by eu']);
  const us = await belay.workOn(queueOf('us'), 'us');
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 4 } });
  await Promise.all([eu(), us()]);
});

it('can be aborted while a region has no worker', async () => {
  const { id, queueOf } = await start({});
  const eu = await belay.workOn(queueOf('eu'), 'eu');
  await belay.until(id, ({ counts }) => counts.succeeded === 2 && counts.in_flight === 1);
  await belay.control.message(parseDeploymentName(id), 'abort', { by: 'ann' });
  expect(await belay.ended(id)).toMatchObject({ status: 'aborted', counts: { succeeded: 2 } });
  await eu();
});
