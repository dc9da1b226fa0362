/** Anything that JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value that those who are in may get. */
export interface Variant {
  name: string;
  value: Json;
  /** Its part among the weights of all. Where none has one, everybody gets the default variant. */
  weight?: number;
}

/** What a condition compares with. */
export type Operand = string | number | boolean;

/** The comparisons with one value that must hold of a value that is there. */
export const COMPARISONS = [
  'equals',
  'starts_with',
  'ends_with',
  'greater',
  'at_least',
  'less',
  'at_most',
  'semver_equals',
  'semver_greater',
  'semver_at_least',
  'semver_less',
  'semver_at_most',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** One question about an attribute of a user. */
export type Condition =
  | { attribute: string; test: Comparison; value: Operand }
  | { attribute: string; test: 'not_equals'; value: Operand }
  | { attribute: string; test: 'in' | 'not_in'; values: Operand[] };

/** Whom it is about, and what they get. */
export interface Rule {
  name?: string;
  /** All of these hold, … */
  all: Condition[];
  /** … and one of these, where there are any. */
  any: Condition[];
  /** How many of them are in; absent: all. */
  percent?: number;
  /** What those get; absent: as everybody who is in. */
  variant?: string;
}

/** A feature that may be on for some users of an environment. */
export interface Flag {
  environment: string;
  key: string;
  description: string;
  /** False: off for everyone. */
  enabled: boolean;
  /** How many of those that no rule is about are in: 0 to 100, up to three decimals. */
  percent: number;
  /** In the order that they were written in, which weights go by. */
  variants: Variant[];
  defaultVariant: string;
  /** What those get who aren't in. */
  offValue: Json;
  /** Always in. */
  users: string[];
  /** The first that matches decides. */
  rules: Rule[];
}

/** What can be changed of one; absent: it stays. */
export type FlagChange = Partial<Omit<Flag, 'environment' | 'key'>>;

/** The variant of whoever isn't in. */
export const OFF = 'off';
export const ON: Variant = { name: 'on', value: true };

/** A flag that turns something on, as it is without further words. */
export function plainFlag(environment: string, key: string): Flag {
  return {
    environment,
    key,
    description: '',
    enabled: false,
    percent: 100,
    variants: [ON],
    defaultVariant: ON.name,
    offValue: false,
    users: [],
    rules: [],
  };
}

/** `boolean`, `string`, `number`, `object` or `list`: what OpenFeature's clients ask for by type. */
export function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
