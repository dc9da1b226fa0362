import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agents } from '../support/agents';
import { Belay } from '../support/belay';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
let agents: Agents;
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  agents = new Agents(belay.store);
  await agents.add(['web-01', 'web-02', 'web-03'], OLD);
});
afterAll(async () => {
  await agents.end();
  await belay.shut();
});

function place(name: string, labels: Record<string, string>) {
  const cwd = join(folder.path, name);
  mkdirSync(cwd);
  const yaml = `
service: ${name}
environment: e${process.pid}
release: { code_version: 1.1.0, configuration_version: 2 }
fleet: { labels: ${JSON.stringify(labels)}, exclude: [web-03] }
driver: { type: agent }
min_healthy_time: 0s
`;
  writeFileSync(join(cwd, 'deployment.yaml'), yaml);
  return (...argv: string[]) => startClient(argv, { cwd, env: belay.environment }).ended;
}

it('plans and deploys to those in the inventory that carry the labels, and goes back', async () => {
  const { labels } = agents.fleet;
  const run = place('labelled', labels);

  const plan = await run('plan', '-f', 'deployment.yaml');
  expect(plan).toMatchObject({ exit: 0, stdout: expect.stringContaining(`inventory: fleet=${labels.fleet}`) });
  expect(plan.stdout).toContain('2 instances targeted');

  const deployed = await run('deploy', '-f', 'deployment.yaml', '--json');
  expect({ exit: deployed.exit, stderr: deployed.stderr }).toMatchObject({ exit: 0 });
  expect(JSON.parse(deployed.stdout)).toMatchObject({ success: true, driver: 'agent', updated: ['web-01', 'web-02'] });
  expect(agents.states.get('web-01')).toMatchObject({ versions: { codeVersion: '1.1.0' } });
  expect(agents.states.get('web-03')).toMatchObject({ versions: OLD, generation: 0 });

  expect(await run('rollback', `e${process.pid}/labelled`)).toMatchObject({ exit: 0 });
  expect(agents.states.get('web-01')).toMatchObject({ versions: OLD });
});

it('says which labels nobody carries', async () => {
  const run = place('nobody', { role: 'none' });
  for (const verb of ['plan', 'deploy']) {
    expect(await run(verb, '-f', 'deployment.yaml')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining(':5:10: fleet.labels: no instance in the inventory carries role=none'),
    });
  }
});
