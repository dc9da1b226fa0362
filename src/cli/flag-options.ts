import { InvalidArgumentError } from 'commander';
import { NotFound } from '../control/errors';
import type { Flags } from '../control/flags';
import type { FlagName } from '../control/flags';
import { flagDocument } from '../control/flag-documents';
import type { FlagRow } from '../control/flags';
import type { Json } from '../domain/flags';
import { isName, NAME_RULE, nearest } from '../domain/names';
import { isPercent } from '../schemas/flag';
import { usage } from './verb';

/** Of a flag whose environment isn't named: the one that there is of that name. */
export async function namedFlag(flags: Flags, key: string, environment: string | undefined): Promise<FlagName> {
  if (environment !== undefined) return { environment, key };
  const rows = await flags.list({ key });
  const [first, ...others] = rows;
  if (first === undefined) {
    const meant = nearest(key, new Set((await flags.list({})).map((each) => each.key)));
    const hint = meant === undefined ? '`belay flags list` lists those that there are' : `did you mean ${meant}?`;
    throw new NotFound(`there is no flag ${key}`, [hint]);
  }
  if (others.length === 0) return { environment: first.environment, key };
  const names = rows.map((each) => each.environment).join(', ');
  throw usage(`${key} is a flag of ${names}: say which with --environment`);
}

/** What a change printed with --json. */
export function changedDocument(flag: FlagRow, unchanged: boolean) {
  return { ...flagDocument(flag), unchanged };
}

export function nameArgument(text: string): string {
  if (!isName(text)) throw new InvalidArgumentError(`${NAME_RULE}.`);
  return text;
}

/** 25, 0.5 or 25%. */
export function percentOption(text: string): number {
  const value = /^\d{1,3}(\.\d{1,3})?%?$/.test(text) ? Number(text.replace('%', '')) : NaN;
  if (!isPercent(value)) throw new InvalidArgumentError('Write a percent from 0 to 100, like 25 or 0.5.');
  return value;
}

export function versionOption(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Write the version that `belay flags show` tells.');
  return Number(text);
}

/** A value in JSON; what is none is a text. */
export function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** `plan=pro`, `seats=80`: an option that may be repeated. */
export function pairOption(text: string, before: Record<string, Json> = {}): Record<string, Json> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Write name=value, like plan=pro.');
  return { ...before, [name]: jsonOf(value) };
}

/** An option that may be repeated, each time with one value. */
export function another(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}
