import { readFileSync } from 'node:fs';
import { signatureOf } from '../../../src/drivers/notification/signature';

type Verify = (secret: string, signature: string | undefined, body: string | Buffer, now?: number) => boolean;

/** As the page tells receivers to do it. */
function documented(): Verify {
  const page = readFileSync('docs/notifications.md', 'utf8');
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? '';
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- it is our own page's
  return new Function('require', `${code}; return verify;`)(require) as Verify;
}

const verify = documented();
const SECRET = 'a secret of some length';
const AT = Date.parse('2026-12-01T08:00:01.900Z');
const BODY = '{"event":"failed","reason":"über"}';
const SIGNED = signatureOf(SECRET, new Date(AT), BODY);

it('is the HMAC of time and body', () => {
  expect(SIGNED).toMatch(/^t=1796112001,v1=[0-9a-f]{64}$/);
});

it.each<[string, boolean, Parameters<Verify>]>([
  ['as it was sent', true, [SECRET, SIGNED, BODY, AT]],
  ['in bytes', true, [SECRET, SIGNED, Buffer.from(BODY), AT]],
  ['a little later', true, [SECRET, SIGNED, BODY, AT + 299_000]],
  ['too late', false, [SECRET, SIGNED, BODY, AT + 302_000]],
  ['from the future', false, [SECRET, SIGNED, BODY, AT - 302_000]],
  ['another body', false, [SECRET, SIGNED, `${BODY} `, AT]],
  ['another secret', false, [`${SECRET}!`, SIGNED, BODY, AT]],
  ['another time', false, [SECRET, SIGNED.replace('t=1796112001', 't=1796112002'), BODY, AT]],
  ['none', false, [SECRET, undefined, BODY, AT]],
  ['nonsense', false, [SECRET, 't=1796112001,v1=abc', BODY, AT]],
])('is verified as the page says: %s, %s', (_, right, told) => {
  expect(verify(...told)).toBe(right);
});
