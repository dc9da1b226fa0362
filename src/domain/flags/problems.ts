import { suggestion } from '../names';
import { kindOf, OFF, type Flag } from './flag';

/** What isn't right about a flag as a whole: the part, and what is wrong there. */
export interface FlagProblem {
  path: (string | number)[];
  message: string;
}

/** All that doesn't go together in a flag. */
export function problemsOf({ variants, defaultVariant, offValue, rules }: Flag): FlagProblem[] {
  const names = variants.map(({ name }) => name);
  const unknown = (path: FlagProblem['path'], name: string): FlagProblem[] => {
    if (names.includes(name)) return [];
    const right = suggestion(name, names) || `there are ${names.join(', ')}`;
    return [{ path, message: `is ${JSON.stringify(name)}, which is none of its variants; ${right}` }];
  };
  const kind = kindOf(variants[0]?.value ?? null);
  return [
    ...variants.flatMap(({ name, value }, i): FlagProblem[] => {
      if (name === OFF) {
        return [
          { path: ['variants', i, 'name'], message: `is ${OFF}, which stands for whoever isn't in; name it otherwise` },
        ];
      }
      if (names.indexOf(name) !== i)
        return [{ path: ['variants', i, 'name'], message: `is ${name} once more; keep one` }];
      if (value === null) return [{ path: ['variants', i, 'value'], message: 'is null; write a value' }];
      return kindOf(value) === kind
        ? []
        : [{ path: ['variants', i, 'value'], message: otherKind(kindOf(value), kind) }];
    }),
    ...(kindOf(offValue) === kind ? [] : [{ path: ['off_value'], message: otherKind(kindOf(offValue), kind) }]),
    ...unknown(['default_variant'], defaultVariant),
    ...rules.flatMap(({ variant }, i) => (variant === undefined ? [] : unknown(['rules', i, 'variant'], variant))),
  ];
}

function otherKind(kind: string, first: string): string {
  return `is of the type ${kind}, and the first variant of the type ${first}; all values of a flag are of one type`;
}
