import { said, shortened } from '../../src/domain/said';

it.each([
  ['as it is', 'status 503, wanted 200', 'status 503, wanted 200'],
  ['its colours and bells', 'a\u001b[31mred\u0007b', 'a [31mred b'],
  ['lines', 'one\r\ntwo', 'one two'],
  ['a NUL', 'a\0b', 'a b'],
  ['what turns a text around', 'abc\u202edcba', 'abc dcba'],
  ['half a character', 'a\ud83d', 'a\ufffd'],
  ['emoji', '😀', '😀'],
])('what others say is kept: %s', (_, text, kept) => {
  expect(said(text)).toBe(kept);
});

it.each([
  [300, 'x'.repeat(300), 'x'.repeat(300)],
  [300, 'x'.repeat(301), `${'x'.repeat(300)}…`],
  [300, '😀'.repeat(300), '😀'.repeat(300)],
  [300, `x${'😀'.repeat(300)}`, `x${'😀'.repeat(299)}…`],
  [3, `ab\n${'c'.repeat(100)}`, 'ab …'],
  [300, ' '.repeat(100_000), '…'],
])('at most %i characters', (most, text, kept) => {
  expect(said(text, most)).toBe(kept);
  expect(Array.from(shortened(text, most)).length).toBeLessThanOrEqual(most + 1);
});
