import { excludedNames, orderMembers } from '../../../src/domain/plan';
import { instance, planSpec } from '../../support/plan';
import { inputErrorOf } from '../../support/rejection';

const FLEET = [
  instance('web-10', { labels: { zone: 'b' } }),
  instance('web-2', { labels: { zone: 'a' } }),
  instance('api-1'),
  instance('web-1', { labels: { zone: 'b' } }),
];
const NONE = { only: [], exclude: [], first: [] };
const names = (spec: Parameters<typeof orderMembers>[0]) => orderMembers(spec, FLEET).map(({ name }) => name);

it.each([
  ['by name, as code points compare', { kind: 'name' }, ['api-1', 'web-1', 'web-10', 'web-2']],
  ['as listed', { kind: 'as_listed' }, ['web-10', 'web-2', 'api-1', 'web-1']],
  [
    'by a label, then by name, those without it last',
    { kind: 'label', label: 'zone' },
    ['web-2', 'web-1', 'web-10', 'api-1'],
  ],
] as const)('orders %s', (_, order, expected) => {
  expect(names(planSpec({ order }))).toEqual(expected);
});

it('puts first what is to be first, as it is named, and counts ordinals from 0', () => {
  const members = orderMembers(planSpec({ selection: { ...NONE, first: ['web-2', 'web-10'] } }), FLEET);
  expect(members.map(({ name, ordinal }) => [name, ordinal])).toEqual([
    ['web-2', 0],
    ['web-10', 1],
    ['api-1', 2],
    ['web-1', 3],
  ]);
});

it('leaves out what is excluded, and all but what is named by only', () => {
  const spec = planSpec({ selection: { ...NONE, only: ['web-1', 'web-2'], exclude: ['web-2'] } });
  expect(names(spec)).toEqual(['web-1']);
  expect(excludedNames(spec, FLEET)).toEqual(['web-10', 'web-2', 'api-1']);
});

it('leaves the list that it was given as it was', () => {
  const before = FLEET.map(({ name }) => name);
  orderMembers(planSpec(), FLEET);
  expect(FLEET.map(({ name }) => name)).toEqual(before);
});

it.each([
  [{ only: ['web-3'] }, 'only names "web-3", which the fleet doesn\'t have; did you mean "web-2"?'],
  [
    { exclude: ['db-primary'] },
    'exclude names "db-primary", which the fleet doesn\'t have; it has web-10, web-2, api-1, web-1',
  ],
  [{ first: ['wbe-10'] }, 'did you mean "web-10"?'],
  [
    { first: ['web-1'], exclude: ['web-1'] },
    'first names web-1, which only or exclude leaves out; take it out of one of them',
  ],
  [
    { only: ['web-1'], exclude: ['web-1'] },
    "only and exclude leave none of the fleet's 4 instances; leave at least one",
  ],
])('refuses %j', async (selection, said) => {
  expect(await inputErrorOf(() => names(planSpec({ selection: { ...NONE, ...selection } })))).toContain(said);
});

it('refuses an empty fleet', async () => {
  expect(await inputErrorOf(() => orderMembers(planSpec(), []))).toBe(
    'the fleet lists no instances; list at least one',
  );
});
