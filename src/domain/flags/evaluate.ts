import { isAmong, placeOf, placeText, weighted, weightOf } from './bucket';
import { OFF, type Flag, type Json, type Rule, type Variant } from './flag';
import { matches, type Context } from './match';
import { ruleName, ruleText, valueText } from './words';

/** Why it is that value, in the words of OpenFeature. */
export type Reason = 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED';

export type Evaluation =
  | { ok: true; value: Json; variant: string; reason: Reason; explanation: string[] }
  /** It depends on who asks, and nobody is named. */
  | { ok: false; error: 'TARGETING_KEY_MISSING'; explanation: string[] };

/** What whoever asks gets of a flag, and why, in words. */
export function evaluate(flag: Flag, context: Context): Evaluation {
  if (!flag.enabled) return off(flag, 'DISABLED', ['The flag is disabled: it is off for everyone.']);
  const user = userOf(context);
  if (user !== undefined && flag.users.includes(user)) {
    return variantOf(flag, user, 'TARGETING_MATCH', [`${user} is one of its users, who are always in.`]);
  }
  const rule = flag.rules.find((each) => matches(each, context));
  if (rule === undefined) {
    const told = flag.rules.length === 0 ? [] : [`None of its rules (${flag.rules.length}) matches.`];
    return share(flag, user, flag.percent, flag.rules.length + flag.users.length === 0 ? 'STATIC' : 'DEFAULT', told);
  }
  const told = [`${capital(ruleName(flag.rules, rule))} matches: ${ruleText(rule)}.`];
  return share(flag, user, rule.percent ?? 100, 'TARGETING_MATCH', told, rule);
}

/** Who asks; an empty name is none. */
export function userOf({ targetingKey }: Context): string | undefined {
  return typeof targetingKey === 'string' && targetingKey !== '' ? targetingKey : undefined;
}

function share(
  flag: Flag,
  user: string | undefined,
  percent: number,
  reason: Reason,
  told: string[],
  rule?: Rule,
): Evaluation {
  if (percent <= 0) return off(flag, reason, [...told, 'Nobody of these is in (0%).']);
  if (percent >= 100) return variantOf(flag, user, reason, [...told, 'All of these are in (100%).'], rule);
  if (user === undefined) return missing([...told, `${percent}% are in: who it is for decides.`]);
  const place = placeOf(flag.key, user, 'rollout');
  const isIn = isAmong(place, percent);
  const at = `${user} stands at ${placeText(place)} of 100; the first ${percent} are in.`;
  return isIn ? variantOf(flag, user, 'SPLIT', [...told, at], rule) : off(flag, 'SPLIT', [...told, at]);
}

/** What somebody gets who is in. */
function variantOf(flag: Flag, user: string | undefined, reason: Reason, told: string[], rule?: Rule): Evaluation {
  const { key, variants, defaultVariant } = flag;
  const named = rule?.variant ?? (weightOf(variants) === 0 ? defaultVariant : undefined);
  if (named !== undefined) return found(named, variants, reason, told);
  if (user === undefined) return missing([...told, 'Its variants are given by weight: who it is for decides.']);
  const place = placeOf(key, user, 'variant');
  const variant = weighted(variants, place);
  const weights = variants.map(({ name, weight = 0 }) => `${name} ${weight}`).join(', ');
  const at = `Of its variants by weight (${weights}), ${user} at ${placeText(place)} of 100 gets ${variant?.name ?? defaultVariant}.`;
  const by = reason === 'TARGETING_MATCH' ? reason : 'SPLIT';
  return found(variant?.name ?? defaultVariant, variants, by, [...told, at]);
}

function found(name: string, variants: Variant[], reason: Reason, told: string[]): Evaluation {
  const variant = variants.find((each) => each.name === name);
  if (variant === undefined) throw new Error(`there is no variant ${name}`);
  return { ok: true, value: variant.value, variant: name, reason, explanation: [...told, answer(name, variant.value)] };
}

function off({ offValue }: Flag, reason: Reason, told: string[]): Evaluation {
  return { ok: true, value: offValue, variant: OFF, reason, explanation: [...told, answer(OFF, offValue)] };
}

function missing(told: string[]): Evaluation {
  return { ok: false, error: 'TARGETING_KEY_MISSING', explanation: [...told, 'No user is named (targetingKey).'] };
}

function answer(variant: string, value: Json): string {
  return `The answer is ${variant} (${valueText(value)}).`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
