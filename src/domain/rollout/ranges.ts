/** Whole numbers in their order, runs of growing ones short: `3-5,1` is 3, 4, 5, 1. */
export function toRanges(numbers: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run && number === run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** The numbers that `toRanges` has written. */
export function fromRanges(text: string): number[] {
  if (text === '') return [];
  return text.split(',').flatMap((run) => {
    const [first = 0, last = first] = run.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, each) => first + each);
  });
}
