import type { HealthCheck } from '../../../../src/domain';
import { HEALTH } from '../../../../src/domain';
import { Sshd } from '../../../support/sshd';
import { calm, instance } from '../fixtures';
import { Reach } from './fixtures';

type CommandCheck = Extract<HealthCheck, { kind: 'command' }>;

let sshd: Sshd;
let reach: Reach;

beforeAll(async () => {
  sshd = await Sshd.start();
  reach = new Reach(sshd);
});
afterAll(async () => {
  reach.close();
  await sshd.stop();
});

const FIELDS = { codeVersion: 'version', configurationVersion: 'config' };

it.each<[string, Partial<CommandCheck>, object]>([
  ['exit 0', {}, { health: HEALTH.HEALTHY }],
  ['echo slow >&2; exit 1', {}, { health: HEALTH.DEGRADED, reason: 'the health check exited with status 1: slow' }],
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
  ['echo "oops $TOKEN"', FIELDS, { health: HEALTH.FAILED, reason: 'the answer is not JSON: oops [redacted]' }],
  ['test "$INSTANCE_ID/$INSTANCE_ADDRESS" = web-01/127.0.0.1:8080', {}, { health: HEALTH.HEALTHY }],
])('%s', async (body, over, expected) => {
  sshd.script('health.sh', body);
  const health: CommandCheck = { kind: 'command', run: ['./health.sh'], timeoutMs: 60_000, ...over };
  const it = reach.driver({ health, env: { TOKEN: '${env:T}' } }, { T: 'hunter22' });
  expect(await it.probe(instance(), calm())).toEqual({ kind: 'answered', ...expected });
});

it('is unreachable when it can not be started', async () => {
  const health: CommandCheck = { kind: 'command', run: ['./gone.sh'], timeoutMs: 60_000 };
  expect(await reach.driver({ health }).probe(instance(), calm())).toEqual({
    kind: 'unreachable',
    reason: 'the health check could not be started: ./gone.sh is not there on the host, or is not executable',
  });
});

it('needs no flock, and leaves no fence', async () => {
  const bare = await Sshd.start({ programs: ['sh', 'true'] });
  const there = new Reach(bare);
  const health: CommandCheck = { kind: 'command', run: ['true'], timeoutMs: 60_000 };
  const probe = await there.driver({ health }).probe(instance(), calm());
  there.close();
  await bare.stop();
  expect(probe).toEqual({ kind: 'answered', health: HEALTH.HEALTHY });
});
