import { z } from 'zod';
import { object } from '../object';
import { name } from '../scalars';

/** Told apart by a type that nobody writes. */
export const NAMED = 'by name';

/** A map with `name` alone: something that a belay.yaml defines. */
export function byName(what: string, like: string) {
  return object(
    {
      type: z.literal(NAMED).describe('Not written: a map with `name` alone is of this type.'),
      name: name(what).describe(
        `A ${what} that the [belay.yaml](belay-yaml.md) of the API defines: where \`BELAY_API_URL\` is set, or in a body.`,
      ),
    },
    `write { name: ${like} }`,
  );
}

/** Before the types are told apart. */
export function orNamed<Kinds extends z.ZodType>(kinds: Kinds) {
  return z.preprocess((value) => (isNameAlone(value) ? { ...value, type: NAMED } : value), kinds);
}

function isNameAlone(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'name') && !Object.hasOwn(value, 'type');
}
