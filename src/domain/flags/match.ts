import type { Comparison, Condition, Json, Operand, Rule } from './flag';
import { compareSemver } from './semver';

/** Who asks: `targetingKey`, and whatever else is known of them. */
export type Context = { [attribute: string]: Json };

/** Whether a rule is about whoever asks. */
export function matches({ all, any }: Pick<Rule, 'all' | 'any'>, context: Context): boolean {
  return all.every((each) => holds(each, context)) && (any.length === 0 || any.some((each) => holds(each, context)));
}

/** Nothing holds of an attribute that isn't there but that it is none of some values. */
function holds(condition: Condition, context: Context): boolean {
  const found = attributeOf(context, condition.attribute);
  switch (condition.test) {
    case 'in':
      return found.some((value) => condition.values.some((each) => isSame(value, each)));
    case 'not_in':
      return !found.some((value) => condition.values.some((each) => isSame(value, each)));
    case 'not_equals':
      return !found.some((value) => isSame(value, condition.value));
    default:
      return found.some((value) => compares(value, condition.test, condition.value));
  }
}

/** The texts and numbers of an attribute, `company.plan` inside another one: one, several of a list, or none. */
function attributeOf(context: Context, path: string): Operand[] {
  const value = Object.hasOwn(context, path) ? context[path] : inside(context, path.split('.'));
  return [value].flat().filter((each) => ['string', 'number', 'boolean'].includes(typeof each)) as Operand[];
}

function inside(context: Context, path: string[]): Json | undefined {
  let value: Json | undefined = context;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) {
      return undefined;
    }
    value = value[part];
  }
  return value;
}

/** 30 and "30" are the same: what a form or an address brought is a text. */
function isSame(a: Operand, b: Operand): boolean {
  return String(a) === String(b);
}

function compares(value: Operand, test: Comparison, with_: Operand): boolean {
  switch (test) {
    case 'equals':
      return isSame(value, with_);
    case 'starts_with':
      return String(value).startsWith(String(with_));
    case 'ends_with':
      return String(value).endsWith(String(with_));
    case 'greater':
      return differs(value, with_, (by) => by > 0);
    case 'at_least':
      return differs(value, with_, (by) => by >= 0);
    case 'less':
      return differs(value, with_, (by) => by < 0);
    case 'at_most':
      return differs(value, with_, (by) => by <= 0);
    case 'semver_equals':
      return ordered(value, with_, (by) => by === 0);
    case 'semver_greater':
      return ordered(value, with_, (by) => by > 0);
    case 'semver_at_least':
      return ordered(value, with_, (by) => by >= 0);
    case 'semver_less':
      return ordered(value, with_, (by) => by < 0);
    case 'semver_at_most':
      return ordered(value, with_, (by) => by <= 0);
  }
}

/** By number; what is none is neither more nor less. */
function differs(a: Operand, b: Operand, is: (by: number) => boolean): boolean {
  const by = numberOf(a) - numberOf(b);
  return !Number.isNaN(by) && is(by);
}

export function numberOf(value: Operand): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : NaN;
}

function ordered(a: Operand, b: Operand, is: (by: number) => boolean): boolean {
  const by = compareSemver(String(a), String(b));
  return by !== undefined && is(by);
}
