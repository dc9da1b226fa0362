import type { Condition, Flag, Rule } from '../domain/flags';
import type { FlagRow, Told } from './flags';

/** A flag as JSON: `flags show --json`, the API, and what `flags set --file` takes. */
export function flagDocument(flag: FlagRow) {
  return {
    ...writtenFlag(flag),
    version: flag.version,
    created_at: flag.createdAt.toISOString(),
    created_by: flag.createdBy,
    changed_at: flag.changedAt.toISOString(),
    changed_by: flag.changedBy,
  };
}

/** What somebody may write of one. */
export function writtenFlag(flag: Flag) {
  return {
    environment: flag.environment,
    key: flag.key,
    description: flag.description,
    enabled: flag.enabled,
    percent: flag.percent,
    variants: flag.variants,
    default_variant: flag.defaultVariant,
    off_value: flag.offValue,
    users: flag.users,
    rules: flag.rules.map(ruleDocument),
  };
}

function ruleDocument({ all, any, ...rest }: Rule) {
  return {
    ...rest,
    ...(all.length === 0 ? {} : { all: all.map(conditionDocument) }),
    ...(any.length === 0 ? {} : { any: any.map(conditionDocument) }),
  };
}

function conditionDocument(condition: Condition) {
  return {
    attribute: condition.attribute,
    [condition.test]: 'values' in condition ? condition.values : condition.value,
  };
}

/** What somebody gets, and why. */
export function toldDocument({ environment, key, version, evaluation }: Told) {
  const { explanation } = evaluation;
  const answer = evaluation.ok
    ? { value: evaluation.value, variant: evaluation.variant, reason: evaluation.reason }
    : { value: null, variant: null, reason: 'ERROR', error: evaluation.error };
  return { environment, key, version, ...answer, explanation };
}
