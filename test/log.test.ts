import { withoutSecrets } from '../src/log';

it.each([
  [
    { token: 'x', name: 'web' },
    { token: '[redacted]', name: 'web' },
  ],
  [
    { a: { b: [{ secret_hash: 'x', Authorization: 'y' }] } },
    { a: { b: [{ secret_hash: '[redacted]', Authorization: '[redacted]' }] } },
  ],
  ['plain', 'plain'],
  [null, null],
])('the log shows %j as %j', (given, shown) => {
  expect(withoutSecrets(given)).toEqual(shown);
});

it('the log ends where something holds itself', () => {
  const self: Record<string, unknown> = { name: 'web' };
  self.self = self;
  expect(JSON.stringify(withoutSecrets(self))).toContain('…');
});
