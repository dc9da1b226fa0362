import { createTokens, type TokenRole } from '../../src/control/tokens';
import { REGISTRATION, TestApi } from '../support/api';
import { Belay, simulatedOrder } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const run = `t${process.pid}`;
/** Environments of this run: Temporal is shared. */
const [MINE, OTHERS] = [`${run}-mine`, `${run}-others`];
let belay: Belay;
let api: TestApi;

/** Every instance there is, by what its name says of it. */
const INSTANCES: Record<string, Record<string, string>> = {
  'mine-web': { environment: MINE, service: 'web', fleet: 'a' },
  'mine-db': { environment: MINE, service: 'db' },
  'mine-env': { env: MINE },
  'mine-member': { environment: MINE, fleet: 'member' },
  'mine-namesake': { environment: MINE },
  'others-member': { environment: OTHERS, fleet: 'member' },
  'others-web': { environment: OTHERS, service: 'web' },
  // The longer word counts, as it does for a deployment.
  'others-both': { environment: OTHERS, env: MINE },
  'no-label': {},
};

const spec = { approvals: [{ beforeBatch: 1, onTimeout: 'pause' as const }] };
const DEPLOYMENTS: [environment: string, service: string][] = [
  [MINE, 'web'],
  [MINE, 'db'],
  [OTHERS, 'web'],
];

beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay);
  for (const [name, labels] of Object.entries(INSTANCES)) {
    await api.post('/inventory/register', {
      body: { instance: { ip: '10.0.0.3', name, labels }, token: REGISTRATION },
    });
  }
  // All were in a deployment of these services; the namesake only by a file that lists another of its name.
  for (const [environment, name] of [
    [MINE, 'mine-member'],
    [OTHERS, 'others-member'],
  ] as const) {
    const order = simulatedOrder(folder.path, { environment, service: 'tool' }, [name]);
    const { snapshotFile: _, ...rest } = order.spec;
    const fleet = { kind: 'inventory' as const, labels: { fleet: 'member', environment } };
    const { id } = await belay.control.start({ ...order, spec: { ...rest, fleet } });
    await belay.ended(id);
  }
  for (const [environment, service] of DEPLOYMENTS) {
    const order = simulatedOrder(folder.path, { environment, service }, ['mine-namesake'], spec);
    const file = `${folder.path}/${environment}-${service}.json`;
    const listed = [{ instance_id: 'mine-namesake', code_version: '1.0.0', configuration_version: '1' }];
    folder.write(`${environment}-${service}.json`, JSON.stringify(listed));
    const { id } = await belay.control.start({
      ...order,
      spec: { ...order.spec, fleet: { kind: 'file', path: file } },
    });
    await belay.until(id, ({ status }) => status === 'awaiting_approval');
    await belay.control.freeze({
      scope: { environment, service },
      by: 'ann',
      reason: 'audit',
      replace: false,
    });
  }
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

const SCOPES = {
  'the environment': { environments: [MINE] },
  'the service': { services: ['web', 'tool'] },
  both: { environments: [MINE], services: ['web', 'tool'] },
  neither: { environments: ['nowhere'] },
  all: {},
};
type ScopeName = keyof typeof SCOPES;

let tokens = 0;
async function tokenFor(scope: ScopeName, role: TokenRole = 'viewer'): Promise<string> {
  const name = `t-${++tokens}`;
  return (await createTokens(belay.store).create({ name, role, by: 'ann', ...SCOPES[scope] })).secret;
}

const SEEN: Record<ScopeName, string[]> = {
  'the environment': ['mine-db', 'mine-env', 'mine-member', 'mine-namesake', 'mine-web'],
  'the service': ['mine-member', 'mine-web', 'others-member', 'others-web'],
  both: ['mine-member', 'mine-web'],
  neither: [],
  all: Object.keys(INSTANCES).sort(),
};
const CASES = Object.entries(SEEN) as [ScopeName, string[]][];

it('is no way into another environment that an instance carries the label env of this one', async () => {
  const token = await tokenFor('the environment', 'operator');
  const deployment = {
    service: 'web',
    environment: MINE,
    release: { code_version: '1.1.0', configuration_version: '2' },
    fleet: { labels: { env: MINE } },
    driver: { type: 'agent' },
  };
  const short = {
    code_version: '1.1.0',
    configuration_version: '2',
    service: 'web',
    environment: MINE,
    labels: { env: MINE },
  };
  for (const [path, body] of [
    ['/deploy', short],
    ['/deployments', { deployment }],
    ['/deployments/dry-run', { deployment }],
  ] as const) {
    const answer = await api.post(path, { token, body });
    expect([path, answer.status, answer.body.error?.message]).toEqual([
      path,
      403,
      expect.stringContaining('another environment'),
    ]);
    expect(JSON.stringify(answer.body)).not.toContain('others-both');
  }
});

it.each(['the service', 'both'] as const)(
  'for %s is no way to flags: they are of all services of an environment',
  async (scope) => {
    const token = await tokenFor(scope, 'operator');
    const release = { code_version: '1.1.0', configuration_version: '2' };
    const fleet = { labels: { environment: MINE, service: 'web' } };
    const named = { service: 'web', environment: MINE };
    for (const deployment of [
      { ...named, strategy: { type: 'feature_flags', features: { new_ui: true } } },
      { ...named, release: { ...release, flags: { new_ui: 25 } }, fleet, driver: { type: 'agent' } },
    ]) {
      for (const path of ['/deployments', '/deployments/dry-run']) {
        const answer = await api.post(path, { token, body: { deployment } });
        expect([path, answer.status, answer.body.error?.message]).toEqual([path, 403, expect.stringContaining(MINE)]);
      }
    }
  },
);

describe('of instances, a token for', () => {
  it.each(CASES)('%s sees %j, on pages that are full', async (scope, names) => {
    const token = await tokenFor(scope);
    const { body } = await api.get('/inventory/instances', { token });
    expect((body.instances as { name: string }[]).map(({ name }) => name)).toEqual(names);
    const seen = [];
    for (let next: string | null = ''; next !== null;) {
      const page = await api.get(`/inventory/instances?limit=1${next === '' ? '' : `&after=${next}`}`, { token });
      seen.push(...(page.body.instances as { name: string }[]).map(({ name }) => name));
      next = page.body.next as string | null;
    }
    expect(seen).toEqual(names);
  });

  it.each(CASES)('%s is told of those alone, and of no other that it is there', async (scope, names) => {
    const token = await tokenFor(scope);
    for (const name of Object.keys(INSTANCES)) {
      const answer = await api.get(`/inventory/instances/${name}`, { token });
      expect([name, answer.status]).toEqual([name, names.includes(name) ? 200 : 404]);
      if (answer.status !== 404) continue;
      const nobody = await api.get('/inventory/instances/nobody-at-all', { token });
      expect(answer.body.error.message).toBe(String(nobody.body.error.message).replace('nobody-at-all', name));
      for (const other of Object.keys(INSTANCES).filter((each) => each !== name && !names.includes(each))) {
        expect(JSON.stringify(answer.body)).not.toContain(other);
      }
    }
  });

  it.each(CASES)('%s decides about those alone', async (scope, names) => {
    const token = await tokenFor(scope, 'admin');
    for (const name of Object.keys(INSTANCES)) {
      for (const verb of ['exclude', 'include']) {
        const { status } = await api.post(`/inventory/instances/${name}/${verb}`, { token, body: {} });
        expect([name, verb, status]).toEqual([name, verb, names.includes(name) ? 200 : 403]);
      }
      if (names.includes(name)) continue;
      expect((await api.delete(`/inventory/instances/${name}`, { token })).status).toBe(403);
      expect((await api.get(`/inventory/instances/${name}`, { token: await tokenFor('all') })).status).toBe(200);
    }
    const missing = await api.delete('/inventory/instances/nobody-at-all', { token });
    expect(missing.status).toBe(scope === 'all' ? 404 : 403);
  });
});

const HELD: Record<ScopeName, string[]> = {
  'the environment': [`${MINE}/db`, `${MINE}/web`],
  'the service': [`${MINE}/web`, `${OTHERS}/web`],
  both: [`${MINE}/web`],
  neither: [],
  all: DEPLOYMENTS.map((each) => each.join('/')),
};

/** Those that are not in flight any more. */
const TOOLS: Record<ScopeName, string[]> = {
  'the environment': [`${MINE}/tool`],
  'the service': [`${MINE}/tool`, `${OTHERS}/tool`],
  both: [`${MINE}/tool`],
  neither: [],
  all: [`${MINE}/tool`, `${OTHERS}/tool`],
};

/** Which services a list is about. */
function servicesOf(rows: { environment: string; service: string }[]): string[] {
  return [...new Set(rows.map(({ environment, service }) => `${environment}/${service}`))].sort();
}

/** What is listed, where in the answer, and of which services all there are. */
const LISTS: [path: string, key: string, of: Record<ScopeName, string[]>[]][] = [
  ['/overview', 'running', [HELD, TOOLS]],
  ['/overview', 'in_flight', [HELD]],
  ['/overview', 'frozen', [HELD]],
  ['/history?instance=mine-member', 'history', [{ ...TOOLS, 'the service': TOOLS.both, all: TOOLS.both }]],
  ['/freezes', 'freezes', [HELD]],
  ['/deployments', 'deployments', [HELD, TOOLS]],
  ['/inventory/drift', 'services', [TOOLS]],
];

describe.each(LISTS)('%s lists under %s', (path, key, of) => {
  it.each(Object.keys(SCOPES) as ScopeName[])('to a token for %s what that holds for', async (scope) => {
    const { status, body } = await api.get(path, { token: await tokenFor(scope) });
    expect(status).toBe(200);
    expect(servicesOf(body[key] as never)).toEqual(of.flatMap((each) => each[scope]).sort());
  });
});

it.each(Object.entries(HELD) as [ScopeName, string[]][])('pauses for %s: %j', async (scope, held) => {
  const { body } = await api.post('/deployments/pause', { token: await tokenFor(scope, 'operator'), body: {} });
  const paused = (body.answers as { deployment: string }[]).map(({ deployment }) => deployment.replace(/\/\d+$/, ''));
  expect(paused.sort()).toEqual([...held].sort());
});

describe('what is not there is told to', () => {
  it.each<[ScopeName, string, string[]]>([
    ['the environment', `${MINE}/nothing`, [OTHERS]],
    ['the service', `${MINE}/tool/999999`, ['/db']],
    ['the service', `${OTHERS}n/web`, ['/db']],
    ['both', `${MINE}/web/999999`, [OTHERS, '/db']],
  ])('a token for %s asking for %s without a word of %j', async (scope, name, hidden) => {
    const token = await tokenFor(scope, 'operator');
    const answers = [
      await api.get(`/deployments/${name}`, { token }),
      await api.get(`/deployments/${name}${/\d$/.test(name) ? '' : '/1'}/events`, { token }),
      await api.post(`/deployments/${name}/rollback`, { token, body: {} }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(404);
      for (const each of hidden) expect(JSON.stringify(body)).not.toContain(each);
    }
    expect(JSON.stringify(answers[0]!.body)).toContain(MINE);
  });

  it('a token that lifts a freeze which is none, without a word of others’ freezes', async () => {
    const token = await tokenFor('the environment', 'operator');
    const refused = await api.post('/freezes/lift', { token, body: { environment: MINE } });
    expect(refused).toMatchObject({ status: 409 });
    expect(JSON.stringify(refused.body)).toContain(`${MINE}/web`);
    expect(JSON.stringify(refused.body)).not.toContain(OTHERS);
  });
});
