import { suggestion } from '../domain/names';

const MOST_SHOWN = 60;

/** Whoever wrote more mistakes than this wrote something else: the first ones say so. */
export const MOST_PROBLEMS = 20;

/** A value as a message shows it: numbers bare, other texts in quotes, long ones cut. */
export function shown(text: string): string {
  if (/^[-+]?[0-9.]{1,20}%?$/.test(text)) return text;
  return JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);
}

/** `is missing`, `is empty`, `is a list` …: what is there instead of what should be. */
export function stateOf(input: unknown): string {
  if (input === undefined) return 'is missing';
  if (input === null) return 'is empty (null)';
  if (Array.isArray(input)) return 'is a list';
  if (typeof input === 'string') return `is ${shown(input)}`;
  if (typeof input === 'number' || typeof input === 'boolean') return `is ${String(input)}`;
  return 'is a map';
}

/** What to say of a key that isn't known. */
export function unknownKey(key: string, known: readonly string[], later: readonly string[]): string {
  if (later.includes(key)) return `${key} is not supported by this version; remove it`;
  const meant = suggestion(key, known) || `known are ${known.join(', ')}`;
  return `unknown key ${JSON.stringify(key)}; ${meant}`;
}
