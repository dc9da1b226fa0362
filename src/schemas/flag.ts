import { z } from 'zod';
import {
  COMPARISONS,
  isSemver,
  numberOf,
  plainFlag,
  type Comparison,
  type Condition,
  type Flag,
  type FlagChange,
  type Json,
  type Operand,
  type Rule,
  type Variant,
} from '../domain/flags';
import { object } from './object';
import { line, list, name } from './scalars';
import { stateOf } from './wording';

/** NUL, and halves of characters. */
const NOT_STORED = /\0|\p{Surrogate}/u;
const MOST_USERS = 10_000;
const MOST_RULES = 100;
const MOST_CONDITIONS = 50;
const MOST_VARIANTS = 100;
const MOST_WEIGHT = 10_000;

const yesOrNo = z.boolean({ error: ({ input }) => `${stateOf(input)}; write true or false` });

const PERCENT = 'write a percent from 0 to 100, with three decimals at most';
const percent = z
  .number({ error: ({ input }) => `${stateOf(input)}; ${PERCENT}` })
  .refine(isPercent, { error: ({ input }) => `${stateOf(input)}; ${PERCENT}` });

/** Whether a number can be a flag's percent. */
export function isPercent(value: number): boolean {
  return value >= 0 && value <= 100 && Number(value.toFixed(3)) === value;
}

/** Any value, in which every number is one. */
const value = z.unknown().refine(isStored, { error: ({ input }) => `${stateOf(input)}; write a value in JSON` });

function isStored(given: unknown): given is Json {
  if (given === undefined) return false;
  if (typeof given === 'number') return Number.isFinite(given);
  return typeof given === 'object' && given !== null ? Object.values(given).every(isStored) : true;
}

const weight = z
  .int({ error: ({ input }) => `${stateOf(input)}; write a whole number from 0 to ${MOST_WEIGHT}` })
  .min(0, { error: () => 'is below 0; write a whole number' })
  .max(MOST_WEIGHT, { error: () => `is more than ${MOST_WEIGHT}; weights are parts of their sum, so smaller ones do` });

const variant = object(
  {
    name: name('variant'),
    value,
    weight: weight.optional().describe('Its part of the sum of all; where none has one, all get the default variant.'),
  },
  'write { "name": "blue", "value": "#00f" }',
).transform((given): Variant => {
  return {
    name: given.name,
    value: given.value,
    ...(given.weight === undefined ? {} : { weight: given.weight }),
  };
});

const OPERAND = 'write a text, a number, true or false';
const operand = z
  .union([z.string(), z.number(), z.boolean()], { error: ({ input }) => `${stateOf(input)}; ${OPERAND}` })
  .refine(isOperand, { error: ({ input }) => `${stateOf(input)}; ${OPERAND}, of 1000 characters at most` });

function isOperand(given: Operand): boolean {
  if (typeof given === 'number') return Number.isFinite(given);
  return typeof given === 'boolean' || (given.length <= 1_000 && !NOT_STORED.test(given));
}

const operands = list(operand, 'write a list of texts and numbers', 1);

const tests = {
  in: operands.optional().describe('It is one of these.'),
  not_in: operands.optional().describe('It is none of these, or there is no such attribute.'),
  not_equals: operand.optional(),
  ...(Object.fromEntries(COMPARISONS.map((each) => [each, operand.optional()])) as Record<
    Comparison,
    z.ZodOptional<typeof operand>
  >),
};
const WORDS = Object.keys(tests) as (keyof typeof tests)[];

const condition = object(
  { attribute: line('write the name of an attribute, like country', 200), ...tests },
  'write { "attribute": "country", "in": ["DE", "AT"] }',
)
  .superRefine(({ attribute: _, ...given }, context) => {
    const found = WORDS.filter((word) => given[word] !== undefined);
    if (found.length !== 1) {
      const message = `has ${found.length === 0 ? 'no comparison' : found.join(' and ')}; write one of ${WORDS.join(', ')}`;
      context.addIssue({ code: 'custom', message });
    }
    for (const word of found) {
      const message = misfit(word, given[word]);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [word], message });
    }
  })
  .transform(({ attribute, ...given }): Condition => {
    const test = WORDS.find((word) => given[word] !== undefined) ?? 'equals';
    if (test === 'in' || test === 'not_in') return { attribute, test, values: given[test] as Operand[] };
    return { attribute, test, value: given[test] as Operand };
  });

/** Why a comparison could never hold. */
function misfit(word: string, given: unknown): string | undefined {
  const right = [given].flat()[0] as Operand;
  if (word.startsWith('semver_') && !isSemver(String(right))) return `${stateOf(right)}; write a version like 2.1.0`;
  const isNumeric = ['greater', 'at_least', 'less', 'at_most'].includes(word);
  return isNumeric && Number.isNaN(numberOf(right)) ? `${stateOf(right)}; write a number` : undefined;
}

const conditions = list(condition, 'write a list of conditions', 1)
  .max(MOST_CONDITIONS, { error: () => `has more than ${MOST_CONDITIONS} conditions; use "in" or several rules` })
  .optional();

const rule = object(
  {
    name: line('write what the rule is called', 200).optional(),
    all: conditions.describe('All of these must hold.'),
    any: conditions.describe('One of these must hold.'),
    percent: percent.optional().describe('How many of whom it is about are in; absent: all.'),
    variant: name('variant').optional().describe('What those get; absent: as everybody who is in.'),
  },
  'write { "all": [{ "attribute": "country", "equals": "DE" }], "percent": 50 }',
)
  .superRefine(({ all, any }, context) => {
    if (all !== undefined || any !== undefined) return;
    context.addIssue({ code: 'custom', path: ['all'], message: 'is missing; write all or any, a list of conditions' });
  })
  .transform(({ all = [], any = [], ...rest }): Rule => ({ all, any, ...stripped(rest) }));

const parts = {
  description: z
    .string({ error: ({ input }) => `${stateOf(input)}; write what it is for` })
    .max(1_000, { error: () => 'is longer than 1000 characters; say it in fewer' })
    .refine((text) => !NOT_STORED.test(text), { error: () => 'has characters in it that no text has' })
    .optional(),
  enabled: yesOrNo.optional().describe('false: off for everyone.'),
  percent: percent.optional().describe('How many of those that no rule is about are in.'),
  variants: list(variant, 'write a list of variants', 1)
    .max(MOST_VARIANTS, { error: () => `has more than ${MOST_VARIANTS} variants; keep the first ones` })
    .optional()
    .describe('What those who are in get; absent: true.'),
  default_variant: name('variant').optional(),
  off_value: value.optional().describe("What those get who aren't in; absent: false."),
  users: list(line("write a user's targeting key", 512), 'write a list of users')
    .max(MOST_USERS, { error: () => `has more than ${MOST_USERS} users; use a rule` })
    .optional()
    .describe('Always in.'),
  rules: list(rule, 'write a list of rules')
    .max(MOST_RULES, { error: () => `has more than ${MOST_RULES} rules; keep the first ones` })
    .optional()
    .describe('The first that matches decides.'),
};

const reason = line('write why').optional().describe('Why; kept in the event log.');
const place = { environment: name('environment'), key: name('flag') };

/** `POST /flags` */
export const flagRequest = object({ ...place, ...parts, reason }, 'write { "environment", "key" }');

/** `PATCH /flags/{environment}/{key}`: what isn't there stays. */
export const flagPatch = object({ ...parts, reason }, 'write what is to change, like { "percent": 50 }');

/** A flag in an address. */
export const flagName = object(place, 'name a flag');

const WRITTEN_BY_BELAY = ['created_at', 'created_by', 'changed_at', 'changed_by', 'history'] as const;

/** A file for `flags create` and `flags set`: `flags show --json` writes one. */
export const flagFile = object(
  {
    environment: place.environment.optional(),
    key: place.key.optional(),
    ...parts,
    version: z.int({ error: ({ input }) => `${stateOf(input)}; write the version that you have seen` }).optional(),
    ...(Object.fromEntries(WRITTEN_BY_BELAY.map((key) => [key, z.unknown().optional()])) as Record<
      (typeof WRITTEN_BY_BELAY)[number],
      z.ZodOptional<z.ZodUnknown>
    >),
  },
  'write a flag, as `belay flags show --json` does',
);

type Parts = { [Key in keyof typeof parts]?: z.output<(typeof parts)[Key]> };

/** What is to change, as the domain has it. */
export function changeOf(given: Parts): FlagChange {
  const { description, enabled, percent: share, variants, default_variant, off_value, users, rules } = given;
  return stripped({
    description,
    enabled,
    percent: share,
    variants,
    defaultVariant: default_variant,
    offValue: off_value,
    users: users === undefined ? undefined : [...new Set(users)],
    rules,
  });
}

/** A new flag; what isn't given is as it is without further words. */
export function newFlag(environment: string, key: string, given: Parts): Flag {
  const change = changeOf(given);
  const [first] = change.variants ?? [];
  const named = first === undefined ? {} : { defaultVariant: first.name };
  return { ...plainFlag(environment, key), ...named, ...change };
}

type Stripped<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function stripped<T extends object>(given: T): Stripped<T> {
  return Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined)) as Stripped<T>;
}
