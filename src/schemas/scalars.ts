import { z } from 'zod';
import { DIGEST_RULE, isDigest } from '../domain/artifact';
import { parseBytes } from '../domain/bytes';
import { LONGEST_MS, parseDuration } from '../domain/duration';
import { isName, NAME_RULE } from '../domain/names';
import { LIMIT_RULE, parseLimit, parseSize, SIZE_RULE } from '../domain/parse-size';
import { isPrintable } from '../domain/said';
import { shown, stateOf } from './wording';

/** What the spec reference says of a value that isn't plain from its zod type. */
interface Meta {
  type?: string;
  /** A default that the schema doesn't hold itself. */
  shownDefault?: string;
}

declare module 'zod' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- adds the keys above to zod's own
  interface GlobalMeta extends Meta {}
}

/** `is missing; <right>`, `is a list; <right>` … for whatever isn't a text. */
const notAText = (right: string) => (issue: { input?: unknown }) => `${stateOf(issue.input)}; ${right}`;

/**
 * A text that stands for something else.
 * @param right what would be right, as a request: "write a duration like 30s"
 * @param convert undefined for a text that isn't right
 */
export function converted<T>(type: string, right: string, convert: (text: string) => T | undefined, wrong = wrongText) {
  return z
    .string({ error: notAText(right) })
    .transform((text, context): T => {
      const value = convert(text);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', input: text, message: wrong(text, right) });
      return z.NEVER;
    })
    .meta({ type });
}

function wrongText(text: string, right: string): string {
  return `is ${shown(text)}; ${right}`;
}

/** A text of one line that isn't empty. */
export function line(right: string, most = 1000) {
  return converted('text', right, (text) => {
    return text.trim() === '' || text.length > most || !isPrintable(text) ? undefined : text;
  });
}

const NOT_STORED = /\0|\p{Surrogate}/u;

/** Any text but one with a NUL, which no argument and no variable can hold, or with half a character. */
export function anyText(right: string) {
  return converted('text', right, (text) => (NOT_STORED.test(text) ? undefined : text));
}

export function version(what: string) {
  return line(`write the ${what}, like 1.5.0`, 256).meta({ type: 'version' });
}

export function name(what: string) {
  return converted('name', `write the name of the ${what}: ${NAME_RULE}`, (text) => (isName(text) ? text : undefined));
}

/** The name of an artifact. */
export function digest() {
  return converted('digest', DIGEST_RULE, (text) => (isDigest(text) ? text : undefined));
}

export const duration = () => bounded('a duration like 30s, 5m or 1h30m', 0);
/** A duration that isn't 0s. */
export const positiveDuration = () => bounded('a duration above 0s, like 30s, 5m or 1h30m', 1);

function bounded(what: string, least: number) {
  const convert = (text: string) => {
    const ms = parseDuration(text);
    return ms === undefined || ms < least ? undefined : ms;
  };
  return converted('duration', `write ${what}`, convert, wrongDuration);
}

function wrongDuration(text: string, right: string): string {
  if (/^\d+$/.test(text)) return `is ${text}, which has no unit; write ${text}s or ${text}m (units: ms, s, m, h, d)`;
  if (text.startsWith('-')) return `is ${shown(text)}, and no duration is negative; ${right}`;
  if (/^(\d+(d|h|ms|m|s))+$/.test(text) && parseDuration(text) === undefined) {
    return `is ${shown(text)}; ${right}, largest unit first and at most ${LONGEST_MS / 86_400_000}d`;
  }
  return `is ${shown(text)}; ${right} (whole numbers with the units ms, s, m, h, d)`;
}

export const size = () => converted('count or percent', SIZE_RULE, parseSize);
export const limit = () => converted('count or percent', LIMIT_RULE, parseLimit);

export function integer(least: number, most: number) {
  const right = `write a whole number from ${least} to ${most}`;
  return converted('whole number', right, (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  });
}

/** A generation: as many digits as any can have that was drawn, or reported. */
export function generation(least: 0 | 1) {
  return converted('whole number', `write a generation: a whole number from ${least} on`, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= least ? value : undefined;
  });
}

/** A number of bytes, at least one. */
export const byteSize = () =>
  converted('size', 'write a size like 500MiB or 1GiB (units: B, KiB, MiB, GiB, TiB)', parseBytes);

export function decimal(least: number, most: number) {
  const right = `write a number from ${least} to ${most}`;
  return converted('number', right, (text) => {
    const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  });
}

/** One of a few words. `later` are words that another version will know. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  later: readonly string[] = [],
) {
  const right = words.length === 1 ? `write ${words[0]}` : `write one of ${words.join(', ')}`;
  return z.enum(words, {
    error: ({ input }) => {
      if (typeof input === 'string' && later.includes(input)) {
        return `is ${shown(input)}, which is not supported by this version; ${right}`;
      }
      return `${stateOf(input)}; ${right}`;
    },
  });
}

/** A list with at least `least` entries. */
export function list<Item extends z.ZodType>(item: Item, right: string, least = 0) {
  const error = ({ input }: { input?: unknown }) => `${stateOf(input)}; ${right}`;
  return z.array(item, { error }).min(least, { error: () => `is an empty list; ${right}` });
}

/** A map from any key to values of one kind. */
export function mapOf<Value extends z.ZodType>(value: Value, right: string) {
  return z.record(z.string(), value, { error: ({ input }) => `${stateOf(input)}; ${right}` });
}
