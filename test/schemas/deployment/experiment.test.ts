import { CANARY_TRAFFIC, deploymentFiles, JUDGED, LEAST, REAL } from '../../support/deployment-file';

const files = deploymentFiles();

/** Line 6, and line 7. */
const METRICS = 'metrics: { type: prometheus, url: "http://prometheus:9090" }\n';
const experiment = (more = '') =>
  `strategy: { type: experiment, metric: success_rate, min_effect: 0.5%, expected: 95%, duration: 24h${more} }\n`;
const times = experiment().replace(
  'success_rate, min_effect: 0.5%, expected: 95%',
  'response_time_ms, min_effect: 20ms, standard_deviation: 120ms',
);
const source = { kind: 'prometheus', url: 'http://prometheus:9090', timeoutMs: 5_000, queries: {} };

describe('an experiment that is right', () => {
  it('has who measures it, and is sticky as a canary is', async () => {
    const more = ', share: 20%, sticky: { type: cookie, name: uid }, match: [{ type: header, name: x, value: 1 }]';
    const spec = await files.read(`${LEAST}${METRICS}${experiment(more)}${CANARY_TRAFFIC}`);
    expect(spec).toMatchObject({
      metrics: source,
      strategy: {
        kind: 'experiment',
        share: 20,
        sticky: { kind: 'cookie', name: 'uid' },
        match: [{ kind: 'header', name: 'x', value: '1' }],
        durationMs: 86_400_000,
      },
    });
    expect(spec).not.toHaveProperty('analysis');
  });

  it('may be judged beside it', async () => {
    expect(await files.read(`${LEAST}${JUDGED}${experiment()}`)).toMatchObject({
      metrics: source,
      analysis: { source },
    });
  });

  it('of times is told by heartbeats, too', async () => {
    const agents = LEAST.replace('file: instances.json', 'labels: { role: web }').replace('simulated', 'agent');
    expect((await files.read(`${agents}metrics: { type: agent }\n${times}`)).metrics).toEqual({ kind: 'agent' });
  });
});

it('only experiments are measured without an analysis', async () => {
  expect(await files.read(`${LEAST}${METRICS}strategy: { type: rolling }\n`)).not.toHaveProperty('metrics');
});

it.each([
  ['nobody to ask', experiment(), '6:11', 'is experiment, which has nobody to ask for success_rate; write metrics:'],
  [
    'heartbeats for a share',
    `metrics: { type: agent }\n${experiment()}`,
    '6:18',
    "is agent, and heartbeats don't tell how many are behind success_rate; write prometheus or http",
  ],
  [
    'JSON for times',
    `metrics: { type: http, url: "http://stats" }\n${times}`,
    '6:18',
    'is http, which tells no single times, as response_time_ms needs them; write prometheus',
  ],
  [
    'groups',
    `groups: { by: region }\n${METRICS}${experiment()}`,
    '6:9',
    'groups go one after another, and an experiment is of all at once; remove it',
  ],
  [
    'approvals before batches',
    `approvals: [{ before_batch: 1 }]\n${METRICS}${experiment()}`,
    '6:12',
    'this one is experiment; remove them: it always asks when it is judged',
  ],
  [
    'users that nothing tells apart',
    `${METRICS}${experiment(', sticky: { type: cookie, name: uid }')}`,
    '7:',
    'strategy.sticky needs something that can tell users apart',
  ],
  [
    'a backend that is missing',
    `${METRICS}${experiment()}${CANARY_TRAFFIC.replace('canary:', 'green:')}`,
    '8:',
    'has no canary, the backend of the release',
  ],
])('is refused with %s', async (_, text, place, said) => {
  const driver = text.includes('agent }')
    ? LEAST.replace('simulated', 'agent').replace('file: instances.json', 'labels: { role: web }')
    : REAL;
  const refusal = await files.refusal(`${driver}${text}`);
  expect(refusal).toContain(place);
  expect(refusal).toContain(said);
});
