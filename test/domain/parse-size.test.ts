import { parseLimit, parseSize } from '../../src/domain/parse-size';

const count = (n: number) => ({ kind: 'count', count: n });
const percent = (n: number) => ({ kind: 'percent', percent: n });

it.each([
  [3, count(3)],
  ['3', count(3)],
  ['25%', percent(25)],
  ['12.125%', percent(12.125)],
  ['100%', percent(100)],
])('%j is a size', (value, size) => expect(parseSize(value)).toEqual(size));

it.each([
  0,
  -1,
  1.5,
  NaN,
  Infinity,
  '0',
  '-1',
  '1.5',
  'abc',
  '',
  '0%',
  '0.0%',
  '101%',
  '100.001%',
  '12.3456%',
  '0.0001%',
  '33.3333333%',
  '12.%',
  '.5%',
  '-5%',
  '1e3',
  '5 %',
  '%',
  '9999999',
])('%j is no size', (value) => expect(parseSize(value)).toBeUndefined());

it('a limit may be nothing', () => {
  expect([parseLimit(0), parseLimit('0%'), parseLimit(2)]).toEqual([count(0), percent(0), count(2)]);
  expect([parseLimit('-1'), parseLimit('101%'), parseLimit('x')]).toEqual([undefined, undefined, undefined]);
  expect(['12.3456%', '0.0001%'].map(parseLimit)).toEqual([undefined, undefined]);
});
