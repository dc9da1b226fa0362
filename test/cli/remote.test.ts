import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliContext, Session } from '../../src/cli/context';
import { runCommandLine } from '../../src/cli/run';
import { createFlags } from '../../src/control/flags';
import { createInventory } from '../../src/control/inventory';
import { createTokens } from '../../src/control/tokens';
import { explain } from '../../src/explain';
import { probeFleet } from '../../src/probe';
import { remoteParts } from '../../src/remote';
import { fleetReader } from '../../src/stack/fleet-reader';
import { Agents } from '../support/agents';
import { ApiProcess } from '../support/api-process';
import { Belay } from '../support/belay';
import { cliContext } from '../support/cli';
import { temporaryFolder } from '../support/files';
import { elementsOf, parseXml } from '../support/xml';

const folder = temporaryFolder();
const environment = `e${process.pid}`;
let belay: Belay;
let api: ApiProcess;
let remote: Record<string, string>;

/** The two ways to run a verb; both words are of one length, so that tables are as wide. */
const WAYS = ['near', 'away'] as const;
type Way = (typeof WAYS)[number];
const agents = new Map<Way, Agents>();

beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  api = await ApiProcess.start(belay, folder.path);
  remote = await api.environment('ann');
  writeFileSync(join(folder.path, 'flag.json'), FLAG_FILE);
  for (const way of WAYS) {
    const own = new Agents(belay.store);
    await own.add([`${way}-01`, `${way}-02`, `${way}-03`], { codeVersion: '1.0.0', configurationVersion: '1' });
    agents.set(way, own);
  }
});
afterAll(async () => {
  for (const each of agents.values()) await each.end();
  await api.stop();
  await belay.shut();
});

/** A flag as somebody writes it. */
const FLAG_FILE = JSON.stringify({
  enabled: true,
  variants: [
    { name: 'blue', value: { colour: '#00f' }, weight: 0 },
    { name: 'red', value: { colour: '#f00', '1': 1.5 }, weight: 3 },
  ],
  off_value: {},
  users: ['ann'],
  rules: [
    { name: 'near by', all: [{ attribute: 'country', in: ['DE', 'AT'] }], any: [{ attribute: 'n', at_least: 2 }] },
    { all: [{ attribute: 'country', equals: 'DE' }], percent: 50, variant: 'red' },
  ],
});

/** Runs a verb: with the servers at hand, or through the API. */
async function run(way: Way, words: string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
  const { store, control } = belay;
  const session: Session = {
    control: { ...control, close: async () => {} },
    inventory: createInventory(store),
    tokens: createTokens(store),
    flags: createFlags(store),
    hosted: false,
    close: async () => {},
  };
  const near: Partial<CliContext> = {
    connect: async () => session,
    listFleet: fleetReader(store),
    probe: (spec, members) => probeFleet(spec, members, (names) => store.agentReports(names)),
    recorded: (fleet, names) => store.recorded(fleet, names),
    frozen: (scope) => store.freezesInForce(scope),
    earlier: (service, driver) => store.earlier(service, driver),
  };
  const shared = { directory: folder.path, actor: 'ann', explain };
  const { context, written } = cliContext(control, { ...shared, ...(way === 'near' ? near : remoteParts(remote)) });
  const exit = await runCommandLine(words, context);
  const documents = written.documents.map((document) => JSON.stringify(document, null, 2));
  return { exit, stdout: [...written.out, ...documents].join('\n'), stderr: written.err.join('\n') };
}

/** A deployment.yaml of that way's agents. */
function yaml(way: Way, version: string, rest = ''): void {
  const labels = JSON.stringify(agents.get(way)!.fleet.labels);
  writeFileSync(
    join(folder.path, `${way}.yaml`),
    `service: ${way}-web
environment: ${environment}
release: { code_version: ${version}, configuration_version: 2 }
metadata: { ticket: "42" }
fleet: { labels: ${labels} }
driver: { type: agent }
strategy: { type: rolling, batch_size: 2 }
min_healthy_time: 0s
health_interval: 500ms
${rest}`,
  );
}

const APPROVAL = 'approvals: [{ before_batch: 1 }]';
const SERVICE = 'ENV/WAY-web';

/**
 * One story, told both ways, each about a service of its own: what the deployment.yaml says from now on, the verb, and
 * its exit status. G is the generation of the service's first deployment.
 */
const STORY: [argv: string, exit: number, yaml?: [version: string, rest?: string]][] = [
  [`status ${SERVICE}`, 4],
  ['plan -f WAY.yaml', 2, ['1.1.0', 'max_failure: 1']],
  ['plan -f WAY.yaml --exclude nobody', 2, ['1.1.0']],
  ['plan -f WAY.yaml --json', 0],
  ['deploy -f WAY.yaml --dry-run --max-failures 1', 0],
  ['plan -f WAY.yaml --out WAY.plan.json', 0],
  ['deploy --plan WAY.plan.json --json --note first', 0],
  ['deploy --plan WAY.plan.json', 4],
  [`status ${SERVICE} --json`, 0],
  [`show ${SERVICE}`, 0],
  [`show ${SERVICE} --json`, 0],
  [`logs ${SERVICE}/G WAY-01`, 0],
  [`logs ${SERVICE} nobody`, 4],
  ['history --service WAY-web --json', 0],
  ['history --instance WAY-01', 0],
  ['plan -f WAY.yaml', 0, ['1.2.0', APPROVAL]],
  ['deploy -f WAY.yaml --no-wait --json', 0],
  ['deploy -f WAY.yaml', 4],
  ['plan -f WAY.yaml', 0],
  [`status ${SERVICE}`, 0],
  [`watch ${SERVICE} --wait-timeout 1ms`, 6],
  [`promote ${SERVICE}`, 4],
  [`adjust ${SERVICE} --max-failures 50% --json`, 0],
  [`pause ${SERVICE} --reason lunch`, 0],
  ['pause --all --json', 0],
  [`resume ${SERVICE}`, 0],
  [`approve ${SERVICE} --reason good`, 0],
  [`watch ${SERVICE} --json`, 0],
  [`approve ${SERVICE}/G`, 4],
  [`rollback ${SERVICE}/G`, 4],
  [`rollback ${SERVICE} --to G --json --reason bad`, 0],
  [`retry ${SERVICE}`, 4],
  ['deploy -f WAY.yaml --no-wait', 0, ['1.3.0', APPROVAL]],
  [`skip ${SERVICE} --instance nobody`, 4],
  [`abort ${SERVICE} --reason enough --json`, 0],
  [`abort ${SERVICE}`, 4],
  [`freeze ${SERVICE} --reason audit`, 0],
  [`freeze ${SERVICE} --reason other --json`, 4],
  ['deploy -f WAY.yaml', 4, ['1.4.0']],
  ['plan -f WAY.yaml', 4],
  ['deploy -f WAY.yaml --override-freeze needed --only WAY-01 --json', 0],
  [`unfreeze ${SERVICE} --json`, 0],
  [`unfreeze ${SERVICE}`, 4],
  [`freeze ${SERVICE} --reason audit --until 2001-01-01T00:00Z`, 2],
  ['history --freezes --service WAY-web --environment ENV', 0],
  [`rollback ${SERVICE}`, 0],
  ['history --service WAY-web --limit 2', 0],
  ['instances exclude WAY-03 --reason sick', 0],
  ['instances show WAY-03 --json', 0],
  ['deploy -f WAY.yaml --force --json', 0],
  ['instances include WAY-03 --json', 0],
  ['instances delete WAY-99', 4],
  ['flags create WAY-ui --environment ENV --percent 10 --user eve --description new', 0],
  ['flags create WAY-ui --environment ENV --json', 4],
  ['flags create WAY-ui --environment ENV --percent 101', 2],
  ['flags evaluate WAY-ui --user ann', 0],
  ['flags enable WAY-ui --percent 25 --reason go', 0],
  ['flags enable WAY-ui --json', 0],
  ['flags set WAY-ui --percent 0.5 --add-user ann --remove-user eve --json', 0],
  ['flags set WAY-ui --percent 60 --if-version 1', 4],
  ['flags set WAY-ui', 2],
  ['flags evaluate WAY-ui --user ann --json', 0],
  ['flags evaluate WAY-ui --user bob --attribute plan=pro', 0],
  ['flags evaluate WAY-ui --attribute plan=pro', 2],
  ['flags evaluate WAY-ui --attribute plan=pro --json', 2],
  ['flags show WAY-ui', 0],
  ['flags show WAY-uu', 4],
  ['flags show WAY-ui --environment elsewhere', 4],
  ['flags create WAY-ui --environment other --file flag.json', 0],
  ['flags show WAY-ui', 2],
  ['flags show WAY-ui --environment other --json', 0],
  ['flags set WAY-ui --environment other --file flag.json', 4],
  ['flags evaluate WAY-ui --environment other --user eve --attribute country=AT --attribute n=3 --json', 0],
  ['flags disable WAY-ui --environment ENV --reason slow', 0],
  ['flags delete WAY-ui --environment ENV --reason done', 0],
  ['flags delete WAY-ui --environment ENV --json', 4],
  ['flags evaluate WAY-ui --environment ENV --user ann', 4],
  ['token create WAY-ci --role operator --environment ENV', 0],
  ['token create WAY-ci --role viewer', 4],
  ['token revoke WAY-ci --json', 0],
  ['token revoke WAY-ci', 4],
];

const first = new Map<Way, string>();

describe('a story', () => {
  it.each(STORY.map(([argv, exit, change]) => [argv, exit, change ?? null] as const))(
    '%s: exit %d, both ways',
    async (argv, exit, change) => {
      const told: string[][] = [];
      for (const way of WAYS) {
        if (change !== null) yaml(way, ...change);
        const words = argv
          .replaceAll('WAY', way)
          .replaceAll('ENV', environment)
          .replace(/\bG\b/, first.get(way) ?? '');
        const { exit: status, stdout, stderr } = await run(way, words.split(' '));
        expect([way, status, stderr]).toEqual([way, exit, expect.any(String)]);
        if (argv.includes('--json')) expect(Object.keys(JSON.parse(stdout) as object)).not.toEqual([]);
        if (argv.includes('--note first'))
          first.set(way, String((JSON.parse(stdout) as { generation: number }).generation));
        told.push([plain(stdout), plain(stderr)]);
      }
      expect(told[1]).toEqual(told[0]);
    },
  );
});

/** What was looked at both ways is the very same. */
const LOOKS = [
  'status',
  'status --json',
  'history --limit 3',
  'history --json',
  'history --instance near-01 --json',
  'history --freezes',
  'instances list',
  'instances drift',
  'instances drift --json',
  'instances list --label fleet=nothing --json',
  'flags list',
  'flags list --json',
  'flags list --environment other',
  'flags show near-ui --json',
  'token list',
  'token list --json',
  `logs ENV/near-web --json`,
  'show ENV/near-web --json',
  'show ENV/near-web',
];

describe('a look', () => {
  // Agents that beat many times a second would be seen a moment later each time.
  beforeAll(async () => {
    await Promise.all([...agents.values()].map((each) => each.end()));
    const { generation } = (await belay.store.latest(environment, 'near-web'))!;
    const at = new Date();
    await belay.store.recordShift(generation, { number: 1, weight: 100, at });
    await belay.store.confirmShift(generation, 1, new Date(at.getTime() + 120));
    const finding = { check: 'error rate', kind: 'fail' as const, text: 'error rate is 6%, above 5%', value: 0.06 };
    const verdict = { kind: finding.kind, text: finding.text, findings: [finding] };
    const measurement = { number: 0, from: new Date(at.getTime() - 10_000), until: at, weight: 100, ...verdict };
    await belay.store.recordMeasurement(generation, measurement);
  });

  it('shows what the release got and how it did, and draws it', async () => {
    const { stdout } = await run('near', ['show', `${environment}/near-web`, '--json', '--chart', 'near.svg']);
    expect(JSON.parse(stdout)).toMatchObject({
      duration: expect.any(String),
      enabled_features: {},
      switch_time: { took_ms: 120 },
      traffic_history: [{ traffic_percent: 100, confirmed_ms: 120 }],
      last_verdict: { kind: 'fail', traffic_percent: 100, findings: [{ check: 'error rate', value: 0.06 }] },
      metrics_history: [{ check: 'error rate', points: [{ mean: 0.06, verdict: 'fail', traffic_percent: 100 }] }],
    });
    const { stderr } = await run('away', ['show', `${environment}/near-web`, '--chart', 'away.svg']);
    expect(stderr).toBe('Wrote away.svg.');
    const [near, away] = ['near', 'away'].map((way) => readFileSync(join(folder.path, `${way}.svg`), 'utf8'));
    expect(away).toBe(near);
    expect(elementsOf(parseXml(near!), 'title').map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^violation after .*: 0.06$/),
    );
    expect(await run('away', ['show', `${environment}/near-web`, '--chart', 'no/such/folder.svg'])).toMatchObject({
      exit: 2,
    });
  });

  it.each(LOOKS)('%s', async (argv) => {
    const words = argv.replaceAll('ENV', environment).split(' ');
    const [near, away] = [await run('near', words), await run('away', words)];
    expect([away.exit, away.stdout, away.stderr]).toEqual([0, near.stdout, near.stderr]);
  });
});

/** Without what differs between two runs of the same: names, generations, ids, times, and how often it was looked. */
function plain(text: string): string {
  return text
    .split('\n')
    .filter(
      (line) => !/^(running|pending|awaiting approval|rolling back|succeeded|aborted|rolled back): \d+\/\d+/.test(line),
    )
    .join('\n')
    .replace(/near|away/g, 'WAY')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replace(/belay_[\w-]{40,}/g, 'SECRET')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?/g, 'TIME')
    .replace(/\d+\.\d{3} of 100/g, 'PLACE')
    .replace(/(version:? +|"version": )\d+/g, '$1N')
    .replace(
      /(WAY-web\/|generations? |rollback of |--to |"(generation|rollback_generation|rollback_of|duration_ms|at_least_ms|at_most_ms)": )\d+/g,
      '$1N',
    )
    .replace(/\b(\d+(\.\d+)? ?(ms|s|m|h)\b ?)+/g, 'SPAN')
    .replace(/ {2,}/g, ' ');
}
