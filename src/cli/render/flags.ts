import type { EventRow } from '../../control/control';
import type { FlagRow, Told } from '../../control/flags';
import { ruleText, valueText, type Flag, type Rule } from '../../domain/flags';
import type { Paint } from '../output';
import { tableLines } from './table';
import { timeText } from './words';

/** Flags, one a line. */
export function flagLines(flags: FlagRow[], paint: Paint): string[] {
  if (flags.length === 0) return ['There is no flag: `belay flags create FLAG --environment E` makes one.'];
  const rows = flags.map((flag) => [
    flag.environment,
    flag.key,
    flag.enabled ? paint.green(`${flag.percent}%`) : 'off',
    besides(flag).join(', '),
    timeText(flag.changedAt),
    flag.changedBy,
  ]);
  return tableLines(['ENVIRONMENT', 'FLAG', 'ON FOR', 'AND', 'CHANGED', 'BY'], rows, paint);
}

/** One flag, and what happened to it. */
export function oneFlagLines(flag: FlagRow, events: EventRow[], paint: Paint): string[] {
  const { description, variants, defaultVariant, offValue, users, rules } = flag;
  const facts: [string, string][] = [
    ['what for', description],
    ['state', standingText(flag)],
    ['users', users.join(', ')],
    ...rules.map((rule, i): [string, string] => [`rule ${i + 1}`, ruleLine(rule)]),
    ...variants.map(({ name, value, weight }): [string, string] => {
      const more = weight === undefined ? '' : `, weight ${weight}`;
      return ['variant', `${name} = ${valueText(value)}${more}${name === defaultVariant ? ' (default)' : ''}`];
    }),
    ['when off', valueText(offValue)],
    ['version', String(flag.version)],
    ['created', `${timeText(flag.createdAt)} by ${flag.createdBy}`],
  ];
  return [
    paint.bold(`${flag.key} in ${flag.environment}`),
    ...facts.flatMap(([name, value]) => (value === '' ? [] : [`${`${name}:`.padEnd(11)}${value}`])),
    ...(events.length === 0 ? [] : ['']),
    ...events.map(({ at, type, by = 'unknown', reason }) => {
      return `${timeText(at)}  ${type.replace('flag_', '')} by ${by}${reason === undefined ? '' : `: ${reason}`}`;
    }),
  ];
}

/** `on for 25%, 2 users and those of 1 rule`, or `off for everyone`. */
export function standingText(flag: Flag): string {
  if (!flag.enabled) return 'off for everyone (disabled)';
  return [`on for ${flag.percent}%`, ...besides(flag)].join(', ');
}

function besides({ users, rules }: Flag): string[] {
  const count = (number: number, noun: string) => (number === 0 ? [] : [`${number} ${noun}${number === 1 ? '' : 's'}`]);
  return [...count(users.length, 'user'), ...count(rules.length, 'rule')];
}

function ruleLine(rule: Rule): string {
  const { name, percent = 100, variant } = rule;
  const title = name === undefined ? '' : `${name}: `;
  return `${title}${ruleText(rule)} → ${percent}%${variant === undefined ? '' : ` ${variant}`}`;
}

/** What somebody gets, and why. */
export function toldLines({ key, environment, evaluation }: Told, paint: Paint): string[] {
  const { explanation } = evaluation;
  const title = evaluation.ok
    ? `${key} in ${environment} is ${paint.bold(valueText(evaluation.value))} (${evaluation.variant}, ${evaluation.reason})`
    : `${key} in ${environment} can't be told: ${evaluation.error}`;
  return [title, ...explanation.map((line) => `  ${line}`)];
}
