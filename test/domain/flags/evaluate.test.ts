import {
  changeText,
  evaluate,
  plainFlag,
  problemsOf,
  type Comparison,
  type Condition,
  type Flag,
  type Json,
} from '../../../src/domain/flags';
import type { Context } from '../../../src/domain/flags';

const flagOf = (change: Partial<Flag> = {}): Flag => ({
  ...plainFlag('production', 'new_ui'),
  enabled: true,
  ...change,
});
const ruleOf = (condition: Condition) => flagOf({ percent: 0, rules: [{ all: [condition], any: [] }] });

describe('a condition', () => {
  const CASES: [Comparison | 'not_equals', Json | undefined, string | number | boolean, boolean][] = [
    ['equals', 'DE', 'DE', true],
    ['equals', 'de', 'DE', false],
    ['equals', 30, '30', true],
    ['equals', true, true, true],
    ['equals', undefined, 'DE', false],
    ['equals', null, 'null', false],
    ['equals', ['beta', 'staff'], 'staff', true],
    ['equals', ['beta'], 'staff', false],
    ['equals', { a: 1 }, '[object Object]', false],
    ['not_equals', 'FR', 'DE', true],
    ['not_equals', 'DE', 'DE', false],
    ['not_equals', undefined, 'DE', true],
    ['starts_with', 'ann@example.com', 'ann', true],
    ['starts_with', 'joann@example.com', 'ann', false],
    ['ends_with', 'ann@example.com', '@example.com', true],
    ['ends_with', 'ann@example.com.evil', '@example.com', false],
    ['greater', 18, 18, false],
    ['at_least', 18, 18, true],
    ['at_least', '18.5', 18, true],
    ['less', 17, 18, true],
    ['less', '9', '10', true],
    ['at_most', 18, 18, true],
    ['at_most', 'many', 18, false],
    ['greater', undefined, 18, false],
    ['greater', '', -1, false],
    ['semver_equals', '1.2', '1.2.0', true],
    ['semver_equals', '1.2.0+build.7', '1.2.0', true],
    ['semver_greater', '1.10.0', '1.9.0', true],
    ['semver_greater', '1.2.0-rc.1', '1.2.0', false],
    ['semver_at_least', 'v2.0.0', '2.0.0', true],
    ['semver_at_least', 'latest', '1.0.0', false],
    ['semver_less', '1.2.0-rc.1', '1.2.0', true],
    ['semver_less', '1.2.0-alpha', '1.2.0-alpha.1', true],
    ['semver_less', '1.2.0-2', '1.2.0-11', true],
    ['semver_less', '1.2.0-11', '1.2.0-beta', true],
    ['semver_at_most', '1.2.1', '1.2.0', false],
  ];

  it.each(CASES)('%s of %j and %j: %p', (test, found, value, holds) => {
    const context = (found === undefined ? {} : { it: found }) as Context;
    expect(evaluate(ruleOf({ attribute: 'it', test, value }), context)).toMatchObject({ value: holds });
  });

  it.each([
    ['in', 'AT', true],
    ['in', 'FR', false],
    ['in', undefined, false],
    ['not_in', 'FR', true],
    ['not_in', 'AT', false],
    ['not_in', undefined, true],
  ] as const)('%s some values, of %j: %p', (test, country, holds) => {
    const context = country === undefined ? {} : { country };
    const flag = ruleOf({ attribute: 'country', test, values: ['DE', 'AT'] });
    expect(evaluate(flag, context)).toMatchObject({ value: holds });
  });

  it.each([
    ['company.plan', { company: { plan: 'pro' } }],
    ['company.plan', { 'company.plan': 'pro' }],
    ['targetingKey', { targetingKey: 'pro' }],
  ])('finds %s in %j', (attribute, context) => {
    expect(evaluate(ruleOf({ attribute, test: 'equals', value: 'pro' }), context)).toMatchObject({ value: true });
  });

  it.each(['constructor', 'toString', '__proto__', 'company.length'])('finds no %s that nobody sent', (attribute) => {
    const flag = ruleOf({ attribute, test: 'not_equals', value: 'x' });
    expect(evaluate(flag, { company: 'abc' })).toMatchObject({ value: true });
    expect(evaluate(ruleOf({ attribute, test: 'starts_with', value: '' }), { company: 'abc' })).toMatchObject({
      value: false,
    });
  });
});

describe('a rule', () => {
  const germans: Condition = { attribute: 'country', test: 'equals', value: 'DE' };
  const pro: Condition = { attribute: 'plan', test: 'equals', value: 'pro' };
  const large: Condition = { attribute: 'seats', test: 'at_least', value: 50 };

  it.each([
    [{ country: 'DE', plan: 'pro' }, true],
    [{ country: 'DE', seats: 80 }, true],
    [{ country: 'DE', seats: 8 }, false],
    [{ plan: 'pro' }, false],
  ])('takes all of some conditions and one of others: %j', (context, value) => {
    const flag = flagOf({ percent: 0, rules: [{ all: [germans], any: [pro, large] }] });
    expect(evaluate(flag, context)).toMatchObject({ value });
  });

  it('decides where it is the first that matches, with a percent and a variant of its own', () => {
    const flag = flagOf({
      variants: [
        { name: 'blue', value: '#00f' },
        { name: 'red', value: '#f00' },
      ],
      defaultVariant: 'blue',
      offValue: '#fff',
      rules: [
        { name: 'none there', all: [germans], any: [], percent: 0 },
        { name: 'payers', all: [pro], any: [], variant: 'red' },
        { all: [large], any: [], percent: 50 },
      ],
    });
    expect(evaluate(flag, { country: 'DE', plan: 'pro' })).toMatchObject({ variant: 'off', value: '#fff' });
    const answer = evaluate(flag, { plan: 'pro', seats: 80 });
    expect(answer).toMatchObject({ variant: 'red', value: '#f00', reason: 'TARGETING_MATCH' });
    expect(answer.explanation[0]).toBe('Rule 2 (payers) matches: plan equals "pro".');
    expect(evaluate(flag, { seats: 80 })).toMatchObject({ ok: false, error: 'TARGETING_KEY_MISSING' });
    expect(evaluate(flag, { seats: 80, targetingKey: 'ann' })).toMatchObject({ reason: 'SPLIT' });
    expect(evaluate(flag, {})).toMatchObject({ variant: 'blue', reason: 'DEFAULT' });
  });
});

describe('the reason', () => {
  it.each<[string, Partial<Flag>, Context, object]>([
    ['nothing but a switch', {}, {}, { reason: 'STATIC', value: true, variant: 'on' }],
    ['a switch at 0%', { percent: 0 }, {}, { reason: 'STATIC', value: false, variant: 'off' }],
    ['a share', { percent: 50 }, { targetingKey: 'ann' }, { reason: 'SPLIT' }],
    ['a share of nobody', { percent: 50 }, {}, { error: 'TARGETING_KEY_MISSING' }],
    ['a share of an empty name', { percent: 50 }, { targetingKey: '' }, { error: 'TARGETING_KEY_MISSING' }],
    ['its user', { percent: 0, users: ['ann'] }, { targetingKey: 'ann' }, { reason: 'TARGETING_MATCH', value: true }],
    ['not its user', { percent: 0, users: ['ann'] }, { targetingKey: 'bob' }, { reason: 'DEFAULT', value: false }],
    ['disabled', { enabled: false }, { targetingKey: 'ann' }, { reason: 'DISABLED', value: false, variant: 'off' }],
  ])('of %s', (_, change, context, answer) => {
    expect(evaluate(flagOf(change), context)).toMatchObject(answer);
  });

  it('is told in words that hold the numbers', () => {
    expect(evaluate(flagOf({ percent: 25 }), { targetingKey: 'ann' }).explanation).toEqual([
      'ann stands at 60.143 of 100; the first 25 are in.',
      'The answer is off (false).',
    ]);
    expect(evaluate(flagOf({ percent: 61 }), { targetingKey: 'ann' })).toMatchObject({ value: true });
  });
});

describe('a flag', () => {
  it.each<[string, Partial<Flag>, string]>([
    [
      'a name twice',
      {
        variants: [
          { name: 'on', value: true },
          { name: 'on', value: false },
        ],
      },
      'is on once more',
    ],
    [
      'the name off',
      { variants: [{ name: 'off', value: true }], defaultVariant: 'off' },
      "stands for whoever isn't in",
    ],
    [
      'two types',
      {
        variants: [
          { name: 'on', value: true },
          { name: 'b', value: 'x' },
        ],
      },
      'is of the type string',
    ],
    ['another off value', { offValue: 'no' }, 'is of the type string, and the first variant of the type boolean'],
    ['an unknown default', { defaultVariant: 'onn' }, 'did you mean "on"?'],
    ['an unknown variant', { rules: [{ all: [], any: [], variant: 'blue' }] }, 'none of its variants; there are on'],
    ['null', { variants: [{ name: 'on', value: null }], offValue: null }, 'is null'],
  ])('with %s is refused', (_, change, words) => {
    expect(
      problemsOf(flagOf(change))
        .map(({ message }) => message)
        .join('\n'),
    ).toContain(words);
  });

  it('tells what a change makes different, and nothing of what it leaves', () => {
    const before = flagOf({ percent: 10, users: ['ann', 'bob'] });
    expect(changeText(before, { percent: 10, enabled: true })).toBe('');
    expect(changeText(before, { enabled: false, percent: 25.5, users: ['bob', 'eve'], offValue: false })).toBe(
      'disabled, percent 10 → 25.5, users + eve, users - ann',
    );
  });
});
