import { instantText, parseInstant } from '../../src/domain/instant';

it.each([
  ['2026-02-01T09:00Z', '2026-02-01T09:00:00.000Z'],
  ['2026-02-01T09:00:30+01:00', '2026-02-01T08:00:30.000Z'],
  ['2026-02-01T09:00:30.5-05:30', '2026-02-01T14:30:30.500Z'],
  ['2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
])('%s is %s', (text, iso) => {
  expect(parseInstant(text)?.toISOString()).toBe(iso);
});

it.each([
  '',
  '2026-02-01',
  '2026-02-01T09:00',
  '2026-02-01 09:00Z',
  '2026-02-30T09:00Z',
  '2026-13-01T09:00Z',
  '2026-02-01T24:00Z',
  '2026-02-01T09:60Z',
  '2026-02-01T09Z',
  '2026-02-01T09:00+1',
  'tomorrow',
  '1770000000',
])('%j is none', (text) => {
  expect(parseInstant(text)).toBeUndefined();
});

it('is written with its zone', () => {
  expect(instantText(new Date('2026-02-01T09:00:30+01:00'))).toBe('2026-02-01 08:00:30 UTC');
});
