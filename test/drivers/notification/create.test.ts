import type { NotificationMessage } from '../../../src/domain/notification/message';
import type { NotificationTarget } from '../../../src/domain/notification/target';
import { createSender } from '../../../src/drivers/notification/create';
import { Receiver } from '../../support/receiver';
import { calm } from '../target/fixtures';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.open();
});
afterEach(() => receiver.close());

const MESSAGE = { id: 'k-1', event: 'failed', at: new Date(0) } as unknown as NotificationMessage;

function faultAt(url: string, environment: NodeJS.ProcessEnv) {
  const target: NotificationTarget = {
    kind: 'slack',
    key: 'k',
    place: 'notifications[0]',
    url,
    timeoutMs: 5_000,
    events: ['failed'],
  };
  return createSender(target, environment).send(MESSAGE, calm());
}

const PATH = '/services/T0001/B0002/S3CRET%2BTOKEN-0123456789?key=0123456789abcdef';

it.each<[string, string, string]>([
  ['its path', `Cannot POST ${PATH}`, 'Cannot POST [redacted]'],
  ['its path without what is asked', `${PATH.split('?')[0]} is gone`, '[redacted] is gone'],
  ['its path as it is meant', `no ${decodeURIComponent(PATH)}`, 'no [redacted]'],
  ['its path as a value', `?to=${encodeURIComponent(PATH)}`, '?to=[redacted]'],
  ['a part of it', 'no such token: S3CRET+TOKEN-0123456789', 'no such token: [redacted]'],
  ['a value that is asked', 'no such key: 0123456789abcdef', 'no such key: [redacted]'],
  ['where it would be cut', `${'x'.repeat(290)} ${PATH}`, `${'x'.repeat(290)} [redacted…`],
])('an address from a variable is no secret that is told: %s', async (_, text, said) => {
  receiver.replies.push({ status: 404, text });
  const fault = await faultAt('${env:SLACK_URL}', { SLACK_URL: receiver.url(PATH) });
  expect(fault).toBe(`${receiver.host} answered 404: ${said}`);
});

it('says what an address of the file is answered as it is', async () => {
  receiver.replies.push({ status: 404, text: 'Cannot POST /webhooks/belay' });
  const fault = await faultAt(receiver.url('/webhooks/belay'), {});
  expect(fault).toBe(`${receiver.host} answered 404: Cannot POST /webhooks/belay`);
});
