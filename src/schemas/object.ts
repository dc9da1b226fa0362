import { z } from 'zod';
import { MOST_PROBLEMS, stateOf, unknownKey } from './wording';

/**
 * An object with these keys and no others.
 * @param right what would be right, when it isn't an object at all
 * @param later keys that another version will know
 */
export function object<Shape extends z.ZodRawShape>(shape: Shape, right: string, later: readonly string[] = []) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      // One line for each unknown key: `parseWith` makes a problem of each.
      if (issue.code === 'unrecognized_keys') {
        const keys = issue.keys.slice(0, MOST_PROBLEMS);
        return keys.map((key) => unknownKey(key, known, later)).join('\n');
      }
      return `${stateOf(issue.input)}; ${right}`;
    },
  });
}

type Options = readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]];

/** One of several objects, told apart by the text at `key`. `refused`: why words that somebody may write are none of them. */
export function variants<const Kinds extends Options>(
  key: string,
  options: Kinds,
  words: readonly string[],
  refused: Record<string, string> = {},
) {
  const right = words.length === 1 ? `write ${words.join()}` : `write one of ${words.join(', ')}`;
  return z.discriminatedUnion(key, options, {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return `${stateOf(input)}; write a map with ${key} and what belongs to it`;
      const found: unknown = (input as Record<string, unknown>)[key];
      const why = typeof found === 'string' && Object.hasOwn(refused, found) ? `, ${refused[found] ?? ''}` : '';
      return `${stateOf(found)}${why}; ${right}`;
    },
  });
}
