import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { HEALTH } from '../../src/domain';
import { AgentPlace } from '../support/agent-place';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';
import { Plane, type Beat } from '../support/plane';

const folder = temporaryFolder();
const { HEALTHY, DEGRADED, FAILED } = HEALTH;
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const NEWER = { codeVersion: '1.2.0', configurationVersion: '3' };

let serial = 0;
let places: AgentPlace[] = [];
afterEach(async () => {
  for (const each of places) await each.close();
  places = [];
});

async function place(rest?: Record<string, unknown>): Promise<AgentPlace> {
  const opened = await AgentPlace.open(join(folder.path, `agent-${serial++}`), rest);
  places.push(opened);
  return opened;
}

const runs = (versions: typeof OLD, status: number) => (beat: Beat) =>
  beat.code_version === versions.codeVersion &&
  beat.configuration_version === versions.configurationVersion &&
  beat.status === status;
const told = (versions: typeof OLD, generation: number, attempt = 1) => ({ versions, generation, attempt });

it('registers with the token, and reports what the instance runs and how it is', async () => {
  const here = await place();
  await here.start();
  expect(await here.plane.beat(runs(OLD, HEALTHY))).toMatchObject({ generation: 0 });
  expect(here.plane.registrations).toEqual([
    { instance: { name: 'web-03', ip: '10.0.0.3', port: 8080, labels: { role: 'web' } }, token: 'let-me-in' },
  ]);
  here.write('ill', '');
  expect(await here.plane.beat(runs(OLD, DEGRADED))).toMatchObject({ reason: expect.stringContaining('status 1') });
});

it('does as it is told by its own command, once, and says meanwhile that it is at it', async () => {
  const here = await place();
  here.write('hold', '');
  here.plane.desired = told(NEW, 7);
  await here.start();
  expect(await here.plane.beat(({ generation }) => generation === 7)).toMatchObject({
    code_version: '1.0.0',
    status: DEGRADED,
    reason: expect.stringContaining('the update to 1.1.0 / 2 (generation 7) is under way'),
  });
  rmSync(here.file('hold'));
  expect(await here.plane.beat(runs(NEW, HEALTHY))).toMatchObject({ generation: 7, attempt: 1 });
  await here.plane.beat(runs(NEW, HEALTHY));
  expect(here.ledger()).toEqual(['7.1  1.1.0 web-03 web']);
});

it('prints what the command printed, and says meanwhile how the instance is', async () => {
  const here = await place();
  here.script(
    'update.sh',
    '#!/bin/sh\necho checking licence\nwhile [ -e hold ]; do sleep 0.05; done\necho no >&2\nexit 7\n',
  );
  here.write('hold', '');
  here.write('ill', '');
  here.plane.desired = told(NEW, 7);
  await here.start();
  await here.plane.beat(({ reason }) => /is under way; now: .*status 1/.test(reason ?? ''));
  rmSync(here.file('hold'));
  await here.plane.beat(({ reason }) => reason === 'update exited with status 7: no');
  expect(here.said).toEqual(expect.arrayContaining(['| checking licence', '| no']));
});

it('reports a command that failed until it is asked again, or nobody waits for it any more', async () => {
  const here = await place();
  here.write('fail', '');
  here.plane.desired = told(NEW, 7);
  await here.start();
  expect(await here.plane.beat(runs(OLD, FAILED))).toMatchObject({
    generation: 7,
    reason: 'update exited with status 1: no space left',
  });
  here.plane.desired = told(NEW, 7, 2);
  await here.plane.beat(({ attempt, status }) => attempt === 2 && status === FAILED);
  here.plane.desired = undefined;
  await here.plane.beat(runs(OLD, HEALTHY));
  rmSync(here.file('fail'));
  here.plane.desired = told(NEW, 7, 3);
  await here.plane.beat(runs(NEW, HEALTHY));
  expect(here.ledger().map((line) => line.split(' ')[0])).toEqual(['7.1', '7.2', '7.3']);
});

it('fails an update after which the instance is not healthy in time', async () => {
  const here = await place({ timeouts: { update: '20s', health: '200ms' } });
  here.write('ill', '');
  here.plane.desired = told(NEW, 7);
  await here.start();
  expect(await here.plane.beat(runs(NEW, FAILED))).toMatchObject({
    reason: expect.stringContaining('200ms after the update'),
  });
});

it('obeys no lower generation than it has obeyed, nor the same twice, also after a restart', async () => {
  const here = await place();
  here.plane.desired = told(NEW, 7);
  const stop = await here.start();
  await here.plane.beat(runs(NEW, HEALTHY));
  for (const restarted of [false, true]) {
    if (restarted) {
      await stop();
      await here.start();
    }
    for (const old of [told(OLD, 6), told(OLD, 6, 99), told(OLD, 7)]) {
      here.plane.desired = old;
      for (let count = 0; count < 3; count++) await here.plane.beat(runs(NEW, HEALTHY));
    }
  }
  expect(here.ledger()).toHaveLength(1);
  expect(here.said).toContain('refused generation 6: it obeyed 7');
});

it('leaves what is older when it is told what is newer', async () => {
  const here = await place();
  here.write('hold', '');
  here.plane.desired = told(NEW, 7);
  await here.start();
  await here.plane.beat(({ generation, status }) => generation === 7 && status === DEGRADED);
  here.plane.desired = told(NEWER, 8);
  await here.plane.beat(({ generation, status }) => generation === 8 && status === DEGRADED);
  rmSync(here.file('hold'));
  await here.plane.beat(runs(NEWER, HEALTHY));
  expect(here.ledger().map((line) => line.split(' ')[0])).toEqual(['7.1', '8.1']);
});

it('leaves the instance as it is while the control plane is away or talks nonsense, and goes on afterwards', async () => {
  const here = await place();
  const nonsense = [
    { status: 500, body: 'oops' },
    { status: 200, body: '<html>' },
    { status: 200, body: {} },
    { status: 200, body: { next_heartbeat: '-5s', desired: null } },
    {
      status: 200,
      body: {
        next_heartbeat: '50ms',
        desired: { code_version: 5, configuration_version: '2', generation: 9, attempt: 1 },
      },
    },
    {
      status: 200,
      body: {
        next_heartbeat: '50ms',
        desired: { code_version: '5', configuration_version: '2', generation: 9.5, attempt: 1 },
      },
    },
  ];
  here.plane.lie = () => nonsense.shift();
  here.plane.desired = told(NEW, 7);
  await here.start();
  await here.plane.beat(runs(NEW, HEALTHY));
  expect(nonsense).toEqual([]);
  expect(here.ledger()).toHaveLength(1);
  const { port } = here.plane;
  await here.plane.close();
  const again = await Plane.open(port);
  here.onEnd(() => again.close());
  await again.beat(runs(NEW, HEALTHY));
  expect(here.ledger()).toHaveLength(1);
});

it('registers again when its secret is not known any more', async () => {
  const here = await place();
  await here.start();
  await here.plane.beat(runs(OLD, HEALTHY));
  here.plane.forget();
  await here.plane.beat(runs(OLD, HEALTHY));
  expect(here.plane.registrations).toHaveLength(2);
  // Who holds the present one may have the name anew, also while the instance is alive.
  expect(here.plane.shown).toEqual([undefined, 'Bearer secret-1']);
});

it.each([
  ['a proxy says 404', 404, '<html>default backend</html>'],
  ['a proxy says 401', 401, { message: 'who are you?' }],
])('keeps its secret when %s', async (_, status, body) => {
  const here = await place();
  await here.start();
  await here.plane.beat(runs(OLD, HEALTHY));
  here.plane.lie = () => ({ status, body });
  await here.plane.beat(() => true);
  here.plane.lie = undefined;
  await here.plane.beat(runs(OLD, HEALTHY));
  expect(here.plane.registrations).toHaveLength(1);
  expect(here.said).toContainEqual(expect.stringContaining("and not as Belay's API does"));
});

it('is heard where a text or a figure of its own is refused', async () => {
  const here = await place();
  here.write('ill', '');
  here.plane.lie = ({ reason }) =>
    reason === undefined
      ? undefined
      : { status: 422, body: { error: { code: 'invalid_input', message: 'the body: reason is not right' } } };
  here.plane.desired = told(NEW, 7);
  await here.start();
  expect(await here.plane.beat(({ generation, reason }) => generation === 7 && reason === undefined)).toMatchObject({
    status: DEGRADED,
  });
  rmSync(here.file('ill'));
  await here.plane.beat(runs(NEW, HEALTHY));
});

it('tells of a command that prints much in whole characters, and none that control anything', async () => {
  const here = await place();
  here.script('update.sh', `#!/bin/sh\nprintf 'x%s\\033[31m' "$(printf '😀%.0s' $(seq 400))" >&2\nexit 1\n`);
  here.plane.desired = told(NEW, 7);
  await here.start();
  const { reason } = await here.plane.beat(runs(OLD, FAILED));
  expect(reason).toMatch(/^update exited with status 1: x(😀)+…$/u);
  expect(Array.from(reason!).length).toBeLessThanOrEqual(301);
});

it('sends along what the instance measures, but for what can not be meant', async () => {
  const here = await place();
  const server = createServer((_, response) => response.end('{"cpu":0.5,"error_rate":5,"memory":1.2,"who":"me"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  here.onEnd(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as { port: number };
  here.configure({ metrics: { type: 'http', url: `http://127.0.0.1:${port}/stats` } });
  await here.start();
  expect(await here.plane.beat(() => true)).toMatchObject({ metrics: { cpu: 0.5 } });
  expect(here.plane.beats.at(-1)?.metrics).toEqual({ cpu: 0.5 });
});

describe('as a process', () => {
  it('is killed in the middle of an update, and the next one finishes it', async () => {
    const here = await place();
    here.write('hold', '');
    here.plane.desired = told(NEW, 7);
    const first = here.process();
    await here.plane.beat(({ generation, status }) => generation === 7 && status === DEGRADED);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(here.state()).toMatchObject({ generation: 7, task: { versions: NEW } });
    rmSync(here.file('hold'));
    here.process();
    expect(await here.plane.beat(runs(NEW, HEALTHY))).toMatchObject({ generation: 7 });
    expect(here.plane.registrations).toHaveLength(1);
  });

  it('ends on SIGTERM, also in the middle of an update that does not, and finishes it next time', async () => {
    const here = await place();
    const script = here.read('update.sh');
    here.write('update.sh', script.replace('#!/bin/sh\n', "#!/bin/sh\ntrap '' TERM\n"));
    here.write('hold', '');
    here.plane.desired = told(NEW, 7);
    const first = here.process();
    await here.plane.beat(({ generation, status }) => generation === 7 && status === DEGRADED);
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ exit: 0, stderr: expect.stringContaining('finished by the next start') });
    rmSync(here.file('hold'));
    const next = here.process();
    await here.plane.beat(runs(NEW, HEALTHY));
    next.child.kill('SIGTERM');
    expect(await next.ended).toMatchObject({ exit: 0 });
  });

  it('does not begin where another one looks after the instance, or its state is damaged', async () => {
    const here = await place();
    here.process();
    await here.plane.beat(runs(OLD, HEALTHY));
    const second = await startClient(['agent'], { cwd: here.dir, env: {} }).ended;
    expect(second).toMatchObject({ exit: 2, stderr: expect.stringContaining("is another agent's: process") });
    const elsewhere = await place({ install_dir: 'web' });
    elsewhere.process();
    await elsewhere.plane.beat(runs(OLD, HEALTHY));
    elsewhere.configure({ install_dir: 'web', state_dir: 'state-2', name: 'web-04' });
    const besides = await startClient(['agent'], { cwd: elsewhere.dir, env: {} }).ended;
    expect(besides).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/install_dir \S+ is another agent's: process/),
    });
    const damaged = await place();
    mkdirSync(damaged.file('state'));
    damaged.write('state/agent.json', '{"generation":');
    const third = await startClient(['agent'], { cwd: damaged.dir, env: {} }).ended;
    expect(third).toMatchObject({ exit: 2, stderr: expect.stringContaining('it is damaged') });
  });
});
