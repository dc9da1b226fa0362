import { isName, nearest } from '../../src/domain/names';

it.each(['a', 'web-01', 'Web_1.eu', '0', 'a'.repeat(63)])('%s is a name', (text) => expect(isName(text)).toBe(true));
it.each(['', '-a', '.a', '_a', 'a b', 'a/b', 'a\n', 'ä', 'a'.repeat(64)])('%j is none', (text) => {
  expect(isName(text)).toBe(false);
});

it.each([
  ['enviroment', 'environment'],
  ['bacth_size', 'batch_size'],
  ['WINDOW', 'window'],
  ['windw', 'window'],
  ['service', 'service'],
  ['zzz', undefined],
  ['', undefined],
])('%j was meant to be %s', (word, meant) => {
  expect(nearest(word, ['environment', 'service', 'batch_size', 'window', 'order'])).toBe(meant);
});
