import fc from 'fast-check';
import { durationText, parseDuration } from '../../src/domain/duration';

it.each([
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['0s', 0],
  ['2d', 172_800_000],
  ['1m500ms', 60_500],
  ['90m', 5_400_000],
  ['365d', 31_536_000_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', '5', '5x', '-5s', '1.5s', '5 s', ' 5s', '30m1h', '5s5s', 's', '5S', '366d', '1e3s', '٣s'])(
  '%j is none',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

it('what is written is what is read', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 31_536_000_000 }), (ms) => parseDuration(durationText(ms)) === ms));
});
