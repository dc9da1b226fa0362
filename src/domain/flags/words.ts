import type { Condition, Flag, FlagChange, Json, Rule } from './flag';

const MOST = 60;

/** A value in little room. */
export function valueText(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

/** `rule 2 (staff)` */
export function ruleName(rules: readonly Rule[], rule: Rule): string {
  const number = rules.indexOf(rule) + 1;
  return rule.name === undefined ? `rule ${number}` : `rule ${number} (${rule.name})`;
}

/** `country in "DE", "AT" and (plan equals "pro" or seats at least 50)` */
export function ruleText({ all, any }: Pick<Rule, 'all' | 'any'>): string {
  const one = any.map(conditionText).join(' or ');
  const texts = [
    ...all.map(conditionText),
    ...(any.length > 1 && all.length > 0 ? [`(${one})`] : one === '' ? [] : [one]),
  ];
  return texts.join(' and ');
}

function conditionText(condition: Condition): string {
  const words = condition.test.replaceAll('_', ' ');
  const what = 'values' in condition ? condition.values.map(valueText).join(', ') : valueText(condition.value);
  return `${condition.attribute} ${words} ${what}`;
}

/** What a change makes different, in words: `percent 10 → 25, enabled`; nothing where it changes nothing. */
export function changeText(before: Flag, change: FlagChange): string {
  const parts = Object.entries(change).flatMap(([key, after]) => partText(key as keyof FlagChange, before, after));
  return parts.join(', ');
}

function partText(key: keyof FlagChange, flag: Flag, after: unknown): string[] {
  if (after === undefined || JSON.stringify(flag[key]) === JSON.stringify(after)) return [];
  switch (key) {
    case 'enabled':
      return [after === true ? 'enabled' : 'disabled'];
    case 'percent':
      return [`percent ${flag.percent} → ${valueText(after as number)}`];
    case 'defaultVariant':
      return [`default variant ${flag.defaultVariant} → ${after as string}`];
    case 'offValue':
      return [`off value ${valueText(flag.offValue)} → ${valueText(after as Json)}`];
    case 'users':
      return usersText(flag.users, after as string[]);
    case 'rules':
      return [`rules (${flag.rules.length} → ${(after as Rule[]).length})`];
    case 'variants':
    case 'description':
      return [key];
  }
}

function usersText(before: string[], after: string[]): string[] {
  const joined = after.filter((user) => !before.includes(user));
  const left = before.filter((user) => !after.includes(user));
  return [
    ...(joined.length > 0 ? [`users + ${listText(joined)}`] : []),
    ...(left.length > 0 ? [`users - ${listText(left)}`] : []),
    ...(joined.length + left.length === 0 ? ['users'] : []),
  ];
}

function listText(names: string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(', ')} and ${more} more` : names.join(', ');
}
