import { parse } from 'yaml';
import { deploymentDocument } from '../../src/control/http/deployment-document';
import { readDeployment } from '../../src/schemas/deployment/read';
import { checkWith } from '../../src/schemas/parse-with';
import { startRequest } from '../../src/schemas/start-request';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const LEAST = `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12, flags: { new_ui: 25 } }
fleet: { labels: { role: web } }
driver: { type: agent }
`;
const AROUND = `traffic: { name: edge }
hooks: { smoke: { name: smoke }, pre_deploy: { name: ready } }
windows: [{ days: [fri-mon], from: "09:00", to: "24:00", time_zone: Europe/Berlin }]
groups: { by: region, order: [eu, us], bake: 30m, approve: true }
`;
const JUDGED = `metrics: { type: agent }
analysis: { monitoring_duration: 30m, thresholds: { max_error_rate: 5% } }
`;

/** As it is read where an API carries it out. */
async function read(text: string) {
  return (await readDeployment(folder.write('deployment.yaml', text), 'api')).spec;
}

it.each([
  ['rolling', 'strategy: { type: rolling, batches: [1, 10%], pause_between: 30s, bake: 5m }'],
  [
    'canary',
    `strategy:
  type: canary
  steps: [{ type: hook, name: smoke }, { type: update, percent: 20 }, 10, { type: approve, timeout: 4h }, { type: bake, for: 1m }, 100]
  batch_size: 3
  match: [{ type: header, name: x-canary, value: "1" }]
  sticky: { type: cookie, name: uid }
  rollback: progressive`,
  ],
  [
    'blue_green',
    'strategy: { type: blue_green, slot_label: colour, validate: [{ type: hook, name: smoke }, { type: analyze, for: 5m }] }',
  ],
  [
    'blue_green by lists',
    'strategy: { type: blue_green, slots: { blue: [a], green: [b] }, validate: [{ type: hook, name: smoke }], keep_for: 2h }',
  ],
])('a deployment that is %s means the same when it is sent to an API', async (kind, strategy) => {
  // Nobody but steps runs `smoke`, and where requests are split there are no groups.
  const around =
    kind === 'rolling' ? AROUND.replace('smoke: { name: smoke }, ', '') : AROUND.replace(/groups: .*\n/, '');
  const spec = await read(`${LEAST}${around}${JUDGED}${strategy}\n`);
  expect(spec).toMatchObject({ trafficName: 'edge', hookNames: { pre_deploy: 'ready' }, flags: { new_ui: 25 } });
  const sent = deploymentDocument(spec);
  expect(await read(JSON.stringify(sent))).toEqual(spec);
  expect(checkWith(startRequest, texts({ deployment: sent }))).toMatchObject({ ok: true });
});

it('so does one of features', async () => {
  const text = `service: web
environment: production
strategy: { type: feature_flags, features: { b: [5, 25, 100], a: true, c: false }, on_violation: all }
`;
  const spec = await read(text);
  const sent = deploymentDocument(spec);
  expect(sent).not.toHaveProperty('fleet');
  expect(await read(JSON.stringify(sent))).toEqual(spec);
});

it.each([
  'metric: response_time_ms, min_effect: 20ms, standard_deviation: 120ms',
  'metric: response_time_ms, min_effect: 20ms, standard_deviation: 120ms, share: 12.5%, power: 0.9, significance: 1%, batch_size: 2, sticky: { type: cookie, name: uid }',
])('so does an experiment: %s', async (design) => {
  const text = LEAST.replace(/driver.*\n/, 'driver: { type: agent }\n');
  const strategy = `strategy: { type: experiment, ${design}, duration: 90m }`;
  const spec = await read(`${text}traffic: { name: edge }\nmetrics: { type: agent }\n${strategy}\n`);
  expect(spec.metrics).toEqual({ kind: 'agent' });
  const sent = deploymentDocument(spec);
  expect(await read(JSON.stringify(sent))).toEqual(spec);
  expect(checkWith(startRequest, texts({ deployment: sent }))).toMatchObject({ ok: true });
});

const ROUTER = 'traffic: { type: haproxy, endpoints: ["a:1"], map: /m, backends: { stable: a, canary: b } }';
const MESH = 'traffic: { type: command, shift: [./a], read: [./b] }';

it.each([
  [ROUTER, 'traffic.type', 'is haproxy, and no API takes commands or addresses; write traffic: { name: … }'],
  [MESH, 'traffic.type', 'is command, and no API takes commands or addresses'],
  ['hooks: { pre_deploy: { type: command, run: [./a] } }', 'hooks.pre_deploy.type', 'write pre_deploy: { name: … }'],
  ['hooks: { pre_deploy: { type: http, url: "http://169.254.169.254/" } }', 'hooks.pre_deploy.type', 'is http, and no'],
])('an API is given no commands and no addresses: %s is refused', async (line, field, said) => {
  const text = `${LEAST}${line}\n`;
  const file = folder.write('refused.yaml', text);
  await expect(readDeployment(file, 'api')).rejects.toThrow(said);
  const checked = checkWith(startRequest, texts({ deployment: parse(text) as object }));
  const asked = expect.objectContaining({ field: `deployment.${field}` }) as unknown;
  expect(checked).toMatchObject({ ok: false, problems: [asked] });
  const { spec } = await readDeployment(file);
  expect(() => deploymentDocument(spec)).toThrow(/sent to an API/);
});

it.each([
  { hooks: null },
  { hooks: { pre_deploy: null } },
  { hooks: 'x' },
  { traffic: null },
  { strategy: null },
  { driver: 5 },
])('a body that is wrong is told so: %j', (wrong) => {
  const deployment = { ...(parse(LEAST) as object), ...wrong };
  expect(checkWith(startRequest, texts({ deployment }))).toMatchObject({ ok: false });
});

/** As bodies are read: every number is the text that was written. */
function texts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(texts);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, texts(each)]));
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
