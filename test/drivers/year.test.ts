import { createHook } from '../../src/drivers/hook/create';
import { ask } from '../../src/drivers/metrics/ask';
import { get } from '../../src/drivers/target/http';
import { createTrafficDriver } from '../../src/drivers/traffic/create';
import { Receiver } from '../support/receiver';
import { occasion } from './hook/fixtures';
import { NEVER, PLACE } from './traffic/fixtures';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.open();
  receiver.otherwise = { status: 200, text: '{}' };
});
afterEach(() => receiver.close());

const DAY = 86_400_000;
const traffic = (timeoutMs: number) =>
  createTrafficDriver(
    {
      kind: 'command',
      shift: ['true'],
      read: ['sh', '-c', 'sleep 0.1; echo \'{"stable":100}\''],
      directory: '/',
      env: {},
      drainTimeoutMs: 0,
      timeoutMs,
    },
    PLACE,
    { environment: process.env },
  );

describe.each([25, 50, 365])('what may take %i days is given more than a moment', (days) => {
  const timeoutMs = days * DAY;

  it.each<[string, () => Promise<unknown>, unknown]>([
    ['a command of traffic', () => traffic(timeoutMs).read(NEVER), { stable: 100 }],
    ['metrics', () => ask(receiver.url(), timeoutMs, NEVER), { kind: 'answered', status: 200, body: {} }],
    [
      'a look at an instance',
      () => get(new URL(receiver.url()), { connectTimeoutMs: timeoutMs, timeoutMs }, NEVER),
      { kind: 'answer', status: 200, body: '{}' },
    ],
    [
      'a hook',
      () =>
        createHook({ kind: 'http', url: receiver.url(), headers: {}, timeoutMs, gate: true }, {}).run(
          occasion(),
          NEVER,
        ),
      undefined,
    ],
  ])('%s', async (_, work, answer) => {
    expect(await work()).toEqual(answer);
  });
});
