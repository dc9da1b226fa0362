import type { HealthCheck } from '../../../src/domain';
import { HEALTH } from '../../../src/domain';
import { CommandDriver } from '../../../src/drivers/target/command';
import { Workshop, alive, calm, instance } from './fixtures';

type CommandCheck = Extract<HealthCheck, { kind: 'command' }>;

let workshop: Workshop;
beforeEach(async () => {
  workshop = await Workshop.open();
});
afterEach(() => workshop.close());

async function look(body: string, over: Partial<CommandCheck> = {}, signal = calm()) {
  await workshop.script('health.sh', body);
  const health: CommandCheck = { kind: 'command', run: ['./health.sh'], timeoutMs: 30_000, ...over };
  const environment = { PATH: process.env['PATH'], T: 'hunter22' };
  return new CommandDriver(workshop.spec({ health, env: { TOKEN: '${env:T}' } }), environment).probe(
    instance(),
    signal,
  );
}

const FIELDS = { codeVersion: 'version', configurationVersion: 'config' };

it.each<[string, Partial<CommandCheck>, object]>([
  ['exit 0', {}, { health: HEALTH.HEALTHY }],
  ['echo slow >&2; exit 1', {}, { health: HEALTH.DEGRADED, reason: 'the health check exited with status 1: slow' }],
  ['exit 2', {}, { health: HEALTH.FAILED, reason: 'the health check exited with status 2 and printed nothing' }],
  [
    'echo "no $TOKEN"; exit 9',
    {},
    { health: HEALTH.FAILED, reason: 'the health check exited with status 9: no [redacted]' },
  ],
  [
    'kill -KILL $$',
    {},
    { health: HEALTH.FAILED, reason: 'the health check was killed by SIGKILL and printed nothing' },
  ],
  [
    `echo chatter >&2; echo '{"version":"1.1.0","config":2}'`,
    FIELDS,
    { health: HEALTH.HEALTHY, codeVersion: '1.1.0', configurationVersion: '2' },
  ],
  [
    `echo '{"version":"1.1.0","config":2}'; echo slow >&2; exit 1`,
    FIELDS,
    {
      health: HEALTH.DEGRADED,
      codeVersion: '1.1.0',
      configurationVersion: '2',
      reason: expect.stringContaining('status 1'),
    },
  ],
  ['echo "oops $TOKEN"', FIELDS, { health: HEALTH.FAILED, reason: 'the answer is not JSON: oops [redacted]' }],
  [
    `printf '%070d %s' 0 "$TOKEN"`,
    FIELDS,
    { health: HEALTH.FAILED, reason: `the answer is not JSON: ${'0'.repeat(70)} [redacted…` },
  ],
  [`echo "{}"`, { codeVersion: 'version' }, { health: HEALTH.FAILED, reason: 'the answer has no field "version"' }],
  ['test "$INSTANCE_ID/$INSTANCE_ADDRESS" = web-01/127.0.0.1:8080', {}, { health: HEALTH.HEALTHY }],
])('%s', async (body, over, expected) => {
  expect(await look(body, over)).toEqual({ kind: 'answered', ...expected });
});

it('is unreachable, and the group gone, when it gives no answer in time', async () => {
  const probe = await look('sleep 60 & echo $! >child; wait', { timeoutMs: 500 });
  expect(probe).toEqual({ kind: 'unreachable', reason: 'the health check gave no answer within 500ms' });
  expect(await alive(Number(await workshop.written('child')))).toBe(false);
});

it('is unreachable when it can not be started', async () => {
  expect(await look('', { run: ['./gone.sh'] })).toMatchObject({
    kind: 'unreachable',
    reason: expect.stringContaining('gone.sh does not exist'),
  });
});

it('ends with the reason of whoever ends it', async () => {
  const abort = new AbortController();
  const probe = look('echo up >up; sleep 60', {}, abort.signal);
  await workshop.written('up');
  abort.abort(new Error('enough'));
  await expect(probe).rejects.toThrow('enough');
});
