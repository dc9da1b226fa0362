import { filledPromql, misplaced } from '../../../src/drivers/metrics/filled-promql';

const valuesWith = (version: string) => ({
  service: 'web',
  environment: 'production',
  version,
  configuration_version: '12',
  group: 'release',
  fleet_group: '',
  window: '1m30s',
});

it.each<[string, string, string]>([
  ['a{v="{{version}}"}', 'x"} or b', String.raw`a{v="x\"} or b"}`],
  ["a{v='{{version}}'}", "x'} or b", String.raw`a{v='x\'} or b'}`],
  ["a{v='{{version}}'}", 'x"', `a{v='x"'}`],
  ['a{v="{{version}}"}', "x'", `a{v="x'"}`],
  ['a{v="{{version}}"}', 'x\\', String.raw`a{v="x\\"}`],
  ['a{v=`{{version}}`}', 'x"\'\\', 'a{v=`x"\'\\`}'],
  [`a{s="it's", v="{{version}}"}`, 'x"', String.raw`a{s="it's", v="x\""}`],
  [String.raw`a{s="\"", v='{{version}}'}`, "x'", String.raw`a{s="\"", v='x\''}`],
  ['rate(a_{{service}}[{{window}}]) # of {{version}}', '1.5', 'rate(a_web[1m30s]) # of 1.5'],
])('%s stays the query that it is for %j', (template, version, promql) => {
  expect(misplaced(template, valuesWith(version))).toBeUndefined();
  expect(filledPromql(template, valuesWith(version))).toBe(promql);
});

it.each<[string, string, string]>([
  ['a{v={{version}}}', 'x} or b', 'outside of quotes'],
  ['a_{{version}}', '1-2', 'outside of quotes'],
  ['a{v="x"} > {{version}}', '1 or b', 'outside of quotes'],
  ['a{v=`{{version}}`}', 'x`} or b', 'between backticks'],
])('%s has no place for %j', (template, version, where) => {
  expect(misplaced(template, valuesWith(version))).toContain(`{{version}} stands ${where}, where`);
});
