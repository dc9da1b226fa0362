import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeploymentSpec } from '../../src/domain';
import type { ExperimentStrategy } from '../../src/domain/experiment';
import { parseDeploymentName } from '../../src/control/name';
import { showLines } from '../../src/cli/render/show';
import { PLAIN } from '../../src/cli/output';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

/** Experiments on a real server and database, measured by something that answers with JSON. */

const folder = temporaryFolder();
const NAMES = ['a', 'b', 'c', 'd'];
const OLD = '1.0.0';

/** How many of how many bought, by version. */
let counts: Record<string, { bought: number; visits: number }> = {};
let asked: URL[] = [];
let server: Server;
let belay: Belay;
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://stats');
    asked.push(url);
    response.end(JSON.stringify(counts[url.searchParams.get('version')!] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  belay = await Belay.open();
  await belay.work();
});
afterAll(async () => {
  await belay.shut();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  counts = {};
  asked = [];
});

const strategy: ExperimentStrategy = {
  kind: 'experiment',
  share: 50,
  match: [],
  batchSize: { kind: 'percent', percent: 100 },
  metric: { kind: 'query', name: 'conversion', hits: 'bought', total: 'visits', better: 'higher' },
  minEffect: 0.02,
  baselineRate: 0.1,
  significance: 0.05,
  power: 0.8,
  durationMs: 60_000,
};

async function start(change: Partial<ExperimentStrategy> = {}, more: Partial<DeploymentSpec> = {}) {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/?version={{version}}&group={{group}}&window={{window}}`;
  const { id } = await belay.control.start(
    simulatedOrder(folder.path, uniqueService(), NAMES, {
      strategy: { ...strategy, ...change },
      metrics: { kind: 'http', url, timeoutMs: 5_000 },
      traffic: { kind: 'nop' },
      ...more,
    }),
  );
  return { id, name: parseDeploymentName(id) };
}

it('measures both until the sample is there, concludes once, and comes to all when a person approves', async () => {
  counts = { [OLD]: { bought: 20, visits: 200 }, '1.1.0': { bought: 24, visits: 200 } };
  const { id, name } = await start();
  const early = await belay.until(id, ({ experiment }) => experiment !== undefined);
  expect(early).toMatchObject({
    status: 'running',
    traffic_percent: 50,
    counts: { succeeded: 2, pending: 2 },
    awaiting: { kind: 'analysis' },
    step: { kind: 'analyze', summary: expect.stringMatching(/^compares both: conversion: 200 of 3,841/) },
    experiment: { conclusion: null, text: expect.stringContaining('200 of 3,841 of what ran before so far') },
  });
  expect(new Set(asked.map(({ searchParams: of }) => `${of.get('group')} ${of.get('version')}`))).toEqual(
    new Set(['release 1.1.0', `before ${OLD}`]),
  );

  counts = { [OLD]: { bought: 400, visits: 4_000 }, '1.1.0': { bought: 500, visits: 4_000 } };
  const judged = await belay.until(id, ({ status }) => status === 'awaiting_approval');
  const text =
    'conversion is 12.5% (of 4,000) with the release against 10% (of 4,000): better (+2.5 points; 95% interval +1.12 to +3.89 points, p = 0.0004)';
  expect(judged).toMatchObject({
    experiment: { conclusion: 'better', text },
    step: { kind: 'approve', summary: `${text}; somebody approves the release for all, or rejects it` },
    awaiting: { kind: 'approval', command: `belay approve ${id}` },
    counts: { succeeded: 2, pending: 2 },
  });
  const questions = asked.length;
  await belay.control.message(name, 'approve', { by: 'ann' });
  expect(await belay.ended(id)).toMatchObject({
    status: 'succeeded',
    counts: { succeeded: 4 },
    experiment: { conclusion: 'better' },
  });
  expect(asked).toHaveLength(questions);

  const details = await belay.control.show(name);
  expect(details.events.filter(({ type }) => type === 'experiment_concluded')).toMatchObject([{ reason: text }]);
  const [history] = details.exposure.metrics_history;
  expect(history).toMatchObject({ check: 'conversion, compared' });
  expect(history!.points.at(-1)).toMatchObject({ mean: 0.125, before: 0.1, verdict: 'pass' });
  expect(showLines(details, PLAIN)).toContain(`experiment: ${text}`);
});

it('is inconclusive when its time is over before enough was seen, and goes back when a person rejects it', async () => {
  counts = { [OLD]: { bought: 20, visits: 200 }, '1.1.0': { bought: 24, visits: 200 } };
  const { id, name } = await start({ durationMs: 2_000 });
  const judged = await belay.until(id, ({ status }) => status === 'awaiting_approval');
  expect(judged.experiment).toEqual({
    conclusion: 'inconclusive',
    text: expect.stringContaining('inconclusive, only 200 of 3,841 of the release'),
  });
  await belay.control.message(name, 'reject', { by: 'ann', reason: 'too few visits' });
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    reason: 'rejected by ann: too few visits',
    counts: { rolled_back: 2, pending: 2 },
  });
});

it('takes the release back where the analysis beside it is violated, whatever it compares', async () => {
  counts = { '1.1.0': { bought: 4, visits: 200 } };
  const { port } = server.address() as AddressInfo;
  const { id } = await start(
    {},
    {
      analysis: {
        source: { kind: 'http', url: `http://127.0.0.1:${port}/?version={{version}}`, timeoutMs: 5_000 },
        checks: [{ name: 'sales', quantity: { kind: 'query', query: 'bought' }, min: 10 }],
        durationMs: 1_000,
        intervalMs: 500,
        violations: 2,
        count: 'consecutive',
        onNoData: 'pause',
        onInconclusive: 'pause',
      },
    },
  );
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    reason: 'sales is 4, below 10 (violation 2 of 2 in a row)',
    counts: { rolled_back: 2 },
    experiment: { conclusion: null },
  });
});

it('in a rehearsal has nobody to measure it, and only asks', async () => {
  const order = simulatedOrder(folder.path, uniqueService(), NAMES, { strategy, traffic: { kind: 'nop' } });
  const { id } = await belay.control.start(order);
  const waiting = await belay.until(id, ({ status }) => status === 'awaiting_approval');
  expect(waiting).not.toHaveProperty('experiment');
  await belay.control.message(parseDeploymentName(id), 'approve', { by: 'ann' });
  expect((await belay.ended(id)).status).toBe('succeeded');
});
