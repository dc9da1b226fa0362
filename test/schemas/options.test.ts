import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { applyOptions, readDeploymentFile, specOfFiles, type DeployOptions } from '../../src/schemas';
import { temporaryFolder } from '../support/files';
import { inputErrorOf } from '../support/rejection';

const folder = temporaryFolder();
const PLACE = { directory: '/somewhere' };
const WEB = { instance_id: 'web-01', code_version: '1.4.0', configuration_version: '11' };
const instances = folder.write('instances.json', [WEB]);
const desired = folder.write('desired.json', { code_version: '1.5.0', configuration_version: '12' });

async function given(options: DeployOptions, strategy = '{ type: rolling }', approvals = '[]', more = '') {
  const file = folder.write(
    'deployment.yaml',
    `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12 }
fleet: { file: instances.json, exclude: [web-09] }
driver: { type: command, update: [./update.sh], health: { type: http, path: / } }
strategy: ${strategy}
approvals: ${approvals}
${more}
`,
  );
  return applyOptions(await readDeploymentFile(file), options, PLACE);
}

it('refuses the fleet’s own file as the snapshot’s, by whatever path', async () => {
  symlinkSync(path.dirname(instances), path.join(folder.path, 'link'));
  for (const snapshot of [instances, path.join(folder.path, 'link', path.basename(instances))]) {
    expect(await inputErrorOf(given({ snapshot }))).toContain('is the file that lists the fleet; name another one');
    expect(await inputErrorOf(specOfFiles({ instances, desired, options: { snapshot } }, PLACE))).toContain(
      '--snapshot',
    );
  }
});

describe('options beside a deployment.yaml', () => {
  it('take the place of what the file says', async () => {
    const spec = await given(
      {
        batchSize: '10%',
        maxFailures: '2',
        onFailure: 'abort',
        service: 'api',
        environment: 'staging',
        only: ['web-01'],
        exclude: [],
        first: ['web-01'],
        force: true,
        snapshot: 'before.json',
      },
      '{ type: rolling, pause_between: 30s }',
    );
    expect(spec).toMatchObject({
      service: 'api',
      environment: 'staging',
      selection: { only: ['web-01'], exclude: [], first: ['web-01'] },
      strategy: { batching: { kind: 'batches', sizes: [{ kind: 'percent', percent: 10 }], pauseBetweenMs: 30_000 } },
      maxFailures: { kind: 'count', count: 2 },
      onFailure: 'abort',
      force: true,
      snapshotFile: '/somewhere/before.json',
    });
  });

  it('leave everything else as it is', async () => {
    expect(await given({})).toMatchObject({ service: 'web', selection: { exclude: ['web-09'] }, force: false });
  });

  it('make a rehearsal of it', async () => {
    expect(await given({ driver: 'simulated', window: '5' })).toMatchObject({
      driver: { kind: 'simulated' },
      minHealthyMs: 0,
      strategy: { batching: { kind: 'window', size: { kind: 'count', count: 5 } } },
    });
  });

  it('make a rehearsal that nobody measures: a simulated instance tells nothing', async () => {
    const judged = `metrics: { type: prometheus, url: "http://prometheus:9090" }
analysis: { thresholds: { max_error_rate: 5% } }
`;
    expect((await given({}, undefined, undefined, judged)).analysis).toBeDefined();
    expect(await given({ driver: 'simulated' }, undefined, undefined, judged)).not.toHaveProperty('analysis');
  });

  it.each<[DeployOptions, string]>([
    [{ batchSize: '0' }, '--batch-size is 0; write a count of at least 1, like 3, or a percent'],
    [{ batchSize: '-1' }, '--batch-size is -1; write a count'],
    [{ batchSize: '1.5' }, '--batch-size is 1.5; write a count'],
    [{ batchSize: 'abc' }, '--batch-size is "abc"; write a count'],
    [{ batchSize: '101%' }, '--batch-size is 101%; write a count'],
    [{ batchSize: '' }, '--batch-size is ""; write a count'],
    [{ window: '0' }, '--window is 0; write a count'],
    [{ window: '1', batchSize: '1' }, '--window stands beside --batch-size; keep one'],
    [{ maxFailures: '-1' }, '--max-failures is -1; write a count from 0 on'],
    [{ maxFailures: '12.3456%' }, 'a percent from 0% to 100% with at most 3 decimals, like 10%'],
    [{ maxFailures: '120%' }, '--max-failures is 120%; write a count from 0 on'],
    [{ onFailure: 'explode' }, '--on-failure is "explode"; write one of rollback, pause, abort'],
    [
      { driver: 'agent' },
      '--driver is "agent", which is not supported by this version; write one of simulated, command, ssh',
    ],
    [{ driver: 'ssh' }, '--driver is "ssh", which needs more than a name'],
    [{ service: 'a b' }, '--service is "a b"; write the name of the service'],
    [{ environment: 'a/b' }, '--environment is "a/b"; write the name of the environment'],
    [{ only: ['web-01', 'web 2'] }, '--only is "web 2"; write the name of the instance'],
    [{ snapshot: '' }, '--snapshot is ""; write the path of a file'],
  ])('%j is refused', async (options, said) => {
    expect(await inputErrorOf(given(options))).toContain(said);
  });

  it('are told all at once', async () => {
    const message = await inputErrorOf(given({ batchSize: '0', maxFailures: 'x' }));
    expect(message.split('\n')).toHaveLength(2);
  });

  it('must fit what the file says', async () => {
    const approval = '[{ before_batch: 2 }]';
    expect(await inputErrorOf(given({ window: '2' }, undefined, approval))).toContain(
      '--window makes one batch, and the file asks for an approval before batch 2',
    );
    expect(await inputErrorOf(given({ window: '2' }, '{ type: rolling, pause_between: 1s }'))).toContain(
      'a pause between them',
    );
  });
});

describe('options beside another strategy than rolling', () => {
  const judged = `metrics: { type: prometheus, url: "http://prometheus:9090" }
analysis: { thresholds: { max_error_rate: 5% } }
`;
  const slots = `traffic: { type: command, shift: [./shift], read: [./read] }\n`;
  const smoke = `hooks: { smoke: { type: command, run: [./smoke.sh] }, pre_deploy: { type: http, url: "http://x" } }\n`;
  const canary = '{ type: canary, steps: [{ type: hook, name: smoke }, 50, { type: approve }, 100] }';
  const blueGreen = '{ type: blue_green, validate: [{ type: hook, name: smoke }, { type: bake, for: 1m }] }';

  it('say how many are changed at once', async () => {
    for (const strategy of [canary, blueGreen]) {
      const spec = await given({ batchSize: '2' }, strategy, undefined, judged + slots + smoke);
      expect(spec.strategy).toMatchObject({ batchSize: { kind: 'count', count: 2 } });
    }
  });

  it('make a rehearsal that moves no requests, runs no hooks, and waits for no measurement', async () => {
    const more = judged + slots + smoke;
    const canaries = await given({ driver: 'simulated' }, canary, undefined, more);
    expect(canaries).toMatchObject({
      driver: { kind: 'simulated' },
      traffic: { kind: 'nop' },
      strategy: { steps: [{ kind: 'traffic', weight: 50 }, { kind: 'approve' }, { kind: 'traffic', weight: 100 }] },
    });
    for (const part of ['hooks', 'analysis', 'flags']) expect(canaries).not.toHaveProperty(part);
    const slotted = await given({ driver: 'simulated' }, blueGreen, undefined, more);
    expect(slotted.strategy).toMatchObject({ validate: [{ kind: 'bake', forMs: 60_000 }], watchMs: 0 });
    expect((await given({ driver: 'simulated' }, canary, undefined, judged + smoke)).traffic).toBeUndefined();
  });

  it('have no windows', async () => {
    expect(await inputErrorOf(given({ window: '2' }, canary, undefined, judged + smoke))).toContain(
      '--window is of rolling deployments, and the file asks for canary; use --batch-size',
    );
  });

  it('are refused one by one where there are no instances', async () => {
    const text = `service: web\nenvironment: production\nstrategy: { type: feature_flags, features: { a: true } }\n`;
    const spec = await readDeploymentFile(folder.write('features.yaml', text));
    const options = { batchSize: '2', driver: 'simulated', only: ['web-01'], snapshot: 'x', onFailure: 'pause' };
    const message = await inputErrorOf(() => applyOptions(spec, options, PLACE));
    expect(message.split('\n')).toEqual(
      ['--batch-size', '--driver', '--only', '--snapshot'].map(
        (option) => `${option} is of instances, and this deployment turns on features; leave it out`,
      ),
    );
    expect(applyOptions(spec, { onFailure: 'pause', service: 'shop' }, PLACE)).toMatchObject({
      service: 'shop',
      onFailure: 'pause',
      fleet: { kind: 'none' },
    });
  });
});

describe('two files', () => {
  const read = (options: DeployOptions = {}, named = instances) =>
    specOfFiles({ instances: named, desired, options }, PLACE);

  it('are a simulated deployment of a service that is named after the file', async () => {
    const { spec, instances: listed } = await read({ batchSize: '3', maxFailures: '2' });
    expect(listed).toHaveLength(1);
    expect(spec).toMatchObject({
      environment: 'local',
      release: { codeVersion: '1.5.0', configurationVersion: '12' },
      fleet: { kind: 'file', path: instances },
      driver: { kind: 'simulated' },
      strategy: { batching: { sizes: [{ kind: 'count', count: 3 }] } },
      maxFailures: { kind: 'count', count: 2 },
      minHealthyMs: 0,
      snapshotFile: path.join(folder.path, '.snapshot.json'),
    });
    expect(spec.service).toMatch(/^instances-[0-9a-f]{6}$/);
    expect((await read()).spec.service).toBe(spec.service);
  });

  it('in another folder are another service', async () => {
    const other = folder.write('my fleet.json', [WEB]);
    expect((await read({}, other)).spec.service).toMatch(/^my-fleet-[0-9a-f]{6}$/);
  });

  it('with addresses need to be told how', async () => {
    const real = folder.write('real.json', [{ ...WEB, address: 'web:80' }]);
    const message = await inputErrorOf(read({}, real));
    expect(message).toContain('real.json: its instances have addresses (web-01: web:80)');
    expect(message).toContain('write a deployment.yaml with the driver command');
    expect((await read({ driver: 'simulated' }, real)).spec.driver.kind).toBe('simulated');
    expect(await inputErrorOf(read({ driver: 'command' }, real))).toContain(
      '--driver is "command", which needs more than a name',
    );
  });

  it('are both read before anything else', async () => {
    expect(await inputErrorOf(read({}, '/nope.json'))).toContain("/nope.json: doesn't exist");
  });

  it('are among the examples', async () => {
    const examples = path.join(__dirname, '../../examples');
    const { spec, instances: listed } = await specOfFiles(
      {
        instances: path.join(examples, 'instances.json'),
        desired: path.join(examples, 'desired.json'),
        options: { batchSize: '3', maxFailures: '2' },
      },
      PLACE,
    );
    expect(listed.length).toBeGreaterThan(6);
    expect(spec.driver.kind).toBe('simulated');
  });
});
