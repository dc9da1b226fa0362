import type { Condition, Evaluation, Flag, FlagChange, Json, Reason, Rule, Variant } from '../../domain/flags';
import type { Asker } from '../control';
import { writtenFlag } from '../flag-documents';
import type { FlagName, FlagRow, Flags } from '../flags';
import { pathOf, type Caller } from './caller';
import { eventOf } from './read';
import { number, text, type Shape } from './shape';

const FLAGS = '/flags';

/** The flags of a Belay whose API is asked. */
export function createHttpFlags(caller: Caller): Flags {
  const at = ({ environment, key }: FlagName) => `${FLAGS}${pathOf(environment, key)}`;
  const guarded = ({ version }: { version?: number }) => (version === undefined ? {} : { ifMatch: version });
  return {
    list: ({ environments, key }) => {
      const [environment] = environments ?? [];
      return caller.get(FLAGS, (answer) => answer.list('flags').map(flagOf), { environment, key });
    },
    show: (name) =>
      caller.get(at(name), (answer) => ({ flag: flagOf(answer), events: answer.list('history').map(eventOf) })),
    create: (flag, { reason }) => caller.post(FLAGS, flagOf, { body: { ...writtenFlag(flag), reason } }),
    change: (name, change, { reason, ...asker }: Asker & { version?: number }) =>
      caller.patch(at(name), (answer) => ({ flag: flagOf(answer), unchanged: answer.flag('unchanged') }), {
        body: { ...changeDocument(change), reason },
        ...guarded(asker),
      }),
    remove: (name, { reason, ...asker }) => caller.delete(at(name), () => undefined, { reason }, guarded(asker)),
    evaluate: (name, { targetingKey: user, ...attributes }) =>
      caller.post(
        `${at(name)}/evaluate`,
        (answer) => ({ ...name, version: answer.number('version'), evaluation: evaluationOf(answer) }),
        { body: { user, attributes } },
      ),
  };
}

/** Only the parts that are to change. */
function changeDocument(change: FlagChange): Partial<ReturnType<typeof writtenFlag>> {
  const whole = writtenFlag({ variants: [], users: [], rules: [], ...change } as unknown as Flag);
  const named = Object.keys(change).map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return Object.fromEntries(Object.entries(whole).filter(([key]) => named.includes(key)));
}

function flagOf(answer: Shape): FlagRow {
  const whole = answer.value as { off_value: Json; variants: Variant[] };
  return {
    environment: answer.text('environment'),
    key: answer.text('key'),
    description: answer.text('description'),
    enabled: answer.flag('enabled'),
    percent: answer.number('percent'),
    variants: answer.list('variants').map((_, i) => whole.variants[i]!),
    defaultVariant: answer.text('default_variant'),
    offValue: whole.off_value,
    users: answer.texts('users'),
    rules: answer.list('rules').map(ruleOf),
    version: answer.number('version'),
    createdAt: answer.date('created_at'),
    createdBy: answer.text('created_by'),
    changedAt: answer.date('changed_at'),
    changedBy: answer.text('changed_by'),
  };
}

function ruleOf(answer: Shape): Rule {
  const conditions = (shape: Shape, key: string) => shape.list(key).map(conditionOf);
  return {
    all: [],
    any: [],
    ...answer.optional('name', 'name', text),
    ...answer.optional('all', 'all', conditions),
    ...answer.optional('any', 'any', conditions),
    ...answer.optional('percent', 'percent', number),
    ...answer.optional('variant', 'variant', text),
  };
}

function conditionOf({ value: given }: Shape): Condition {
  const { attribute, ...comparison } = given as Record<string, unknown>;
  const [[test, value] = []] = Object.entries(comparison);
  return { attribute, test, ...(Array.isArray(value) ? { values: value as unknown } : { value }) } as Condition;
}

function evaluationOf(answer: Shape): Evaluation {
  const explanation = answer.texts('explanation');
  const { error } = answer.optional('error', 'error', text);
  if (error !== undefined) return { ok: false, error: 'TARGETING_KEY_MISSING', explanation };
  const { value } = answer.value as { value: Json };
  return { ok: true, value, variant: answer.text('variant'), reason: answer.text('reason') as Reason, explanation };
}
