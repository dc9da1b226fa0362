/** A version by semver.org 2.0.0; a leading v, a missing minor or patch are forgiven, build metadata is passed over. */
const SEMVER =
  /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

interface Semver {
  numbers: [number, number, number];
  /** Absent: a release, which comes after all that lead up to it. */
  before?: string[];
}

function parse(text: string): Semver | undefined {
  const [, major, minor, patch, before] = SEMVER.exec(text) ?? [];
  if (major === undefined) return undefined;
  const numbers: Semver['numbers'] = [Number(major), Number(minor ?? 0), Number(patch ?? 0)];
  return before === undefined ? { numbers } : { numbers, before: before.split('.') };
}

export function isSemver(text: string): boolean {
  return parse(text) !== undefined;
}

/** Below 0 when `a` comes first, 0 when they are the same; undefined when one of them is no version. */
export function compareSemver(a: string, b: string): number | undefined {
  const [one, other] = [parse(a), parse(b)];
  if (one === undefined || other === undefined) return undefined;
  for (const [i, number] of one.numbers.entries()) {
    const difference = number - other.numbers[i]!;
    if (difference !== 0) return difference;
  }
  if (one.before === undefined || other.before === undefined) {
    return Number(one.before === undefined) - Number(other.before === undefined);
  }
  return compareLists(one.before, other.before);
}

function compareLists(a: string[], b: string[]): number {
  for (const [i, part] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    const difference = comparePart(part, other);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Numbers by their size and before all else, the rest by its letters. */
function comparePart(a: string, b: string): number {
  const [isNumber, other] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && other) return Number(a) - Number(b);
  if (isNumber !== other) return isNumber ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}
