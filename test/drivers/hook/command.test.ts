import { readFile } from 'node:fs/promises';
import { createHook } from '../../../src/drivers/hook/create';
import type { HookSpec } from '../../../src/domain/hooks';
import { alive, calm, Workshop } from '../target/fixtures';
import { occasion } from './fixtures';

let workshop: Workshop;
const WORKER = { PATH: process.env['PATH'], DATABASE_URL: 'postgres://secret' };

beforeEach(async () => {
  workshop = await Workshop.open();
});
afterEach(() => workshop.close());

function hook(over: Partial<Extract<HookSpec, { kind: 'command' }>> = {}, environment: NodeJS.ProcessEnv = WORKER) {
  const { directory } = workshop;
  const spec = { kind: 'command' as const, run: ['./smoke.sh'], directory, env: {}, timeoutMs: 60_000, gate: true };
  return createHook({ ...spec, ...over }, environment);
}

async function told(about: ReturnType<typeof occasion>): Promise<Record<string, string>> {
  await workshop.script('smoke.sh', 'env -0 >told');
  expect(await hook().run(about, calm())).toBeUndefined();
  const text = await readFile(workshop.file('told'), 'utf8');
  const pairs = text.split('\0').filter((line) => /^(BELAY_|[A-Z_]*VERSION=|DATABASE)/.test(line));
  return Object.fromEntries(pairs.map((line) => line.split(/=(.*)/s)));
}

describe('what it is told', () => {
  it('is the deployment, the moment and the versions; of the worker only a minimum', async () => {
    expect(await told(occasion({ reason: 'p95 is 900, above 500' }))).toEqual({
      BELAY_SERVICE: 'web',
      BELAY_ENVIRONMENT: 'production',
      BELAY_GENERATION: '7',
      BELAY_DEPLOYMENT: 'production/web/7',
      BELAY_STATUS: 'running',
      BELAY_HOOK: 'smoke',
      BELAY_MOMENT: 'stage 2',
      BELAY_RUN: 'production/web/7/3',
      BELAY_WEIGHT: '25',
      BELAY_REASON: 'p95 is 900, above 500',
      BELAY_ARTIFACT: '',
      CODE_VERSION: '1.1.0',
      CONFIGURATION_VERSION: '2',
      PREVIOUS_CODE_VERSION: '1.0.0',
      PREVIOUS_CONFIGURATION_VERSION: '1',
    });
  });

  it('is empty, not absent, where there is nothing', async () => {
    expect(await told(occasion({ release: null, previous: null, weight: null }))).toMatchObject({
      CODE_VERSION: '',
      PREVIOUS_CONFIGURATION_VERSION: '',
      BELAY_WEIGHT: '',
      BELAY_REASON: '',
    });
  });
});

describe('how it ends', () => {
  it.each([
    ['exit 0', undefined],
    ['echo all well; exit 0', undefined],
    ['exit 3', 'the hook smoke exited with status 3 and printed nothing'],
    ['echo one; echo >&2 "two is down"; exit 1', 'the hook smoke exited with status 1: two is down'],
    ['kill -KILL $$', 'the hook smoke was killed by SIGKILL and printed nothing'],
  ])('%s', async (body, fault) => {
    await workshop.script('smoke.sh', body);
    expect(await hook().run(occasion(), calm())).toBe(fault);
  });

  it('with its time, and all that it started with it', async () => {
    await workshop.script('smoke.sh', 'echo $$ >pid; echo waiting for web-02; sleep 600 & sleep 600');
    expect(await hook({ timeoutMs: 300 }).run(occasion(), calm())).toBe(
      'the hook smoke did not end within 300ms: waiting for web-02',
    );
    expect(await alive(Number(await workshop.written('pid')))).toBe(false);
  });

  it('by an abort, whose reason it throws', async () => {
    await workshop.script('smoke.sh', 'echo $$ >pid; sleep 600');
    const controller = new AbortController();
    const running = hook().run(occasion(), controller.signal);
    const pid = Number(await workshop.written('pid'));
    controller.abort(new Error('stopped by a person'));
    await expect(running).rejects.toThrow('stopped by a person');
    expect(await alive(pid)).toBe(false);
  });

  it('without its secrets being told', async () => {
    await workshop.script('smoke.sh', 'echo "no entry with $TOKEN"; exit 1');
    const fault = await hook({ env: { TOKEN: '${env:T}' } }, { ...WORKER, T: 'hunter2-hunter2' }).run(
      occasion(),
      calm(),
    );
    expect(fault).toBe('the hook smoke exited with status 1: no entry with [redacted]');
  });

  it('before it began, where the program went away', async () => {
    expect(await hook().run(occasion(), calm())).toMatch(/^the hook smoke could not be started: .* does not exist$/);
  });
});

describe('what this machine lacks', () => {
  it('is nothing where program and variables are there', async () => {
    await workshop.script('smoke.sh', '');
    expect(await hook({ env: { A: '${env:PATH}' } }).problems('smoke')).toEqual([]);
  });

  it('is a program, a variable, or the folder', async () => {
    expect(await hook({ env: { A: '${env:NOT_SET}' } }).problems('smoke')).toEqual([
      `hooks.smoke.run: ${workshop.file('smoke.sh')} does not exist. Put it there, or correct hooks.smoke.run.`,
      "hooks.smoke.env: NOT_SET is not set in the worker's environment. Set what is missing there and start the worker " +
        'again, or correct hooks.smoke.env.',
    ]);
    expect(await hook({ directory: '/nowhere' }).problems('smoke')).toEqual([
      'the folder /nowhere, where hooks.smoke is to run, is not there. Put it there.',
    ]);
    const fault = await hook({ env: { A: '${env:NOT_SET}' } }).run(occasion(), calm());
    expect(fault).toMatch(/^the hook smoke was not run: hooks\.smoke\.env: NOT_SET is not set/);
  });
});
