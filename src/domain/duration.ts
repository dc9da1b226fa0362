const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const PATTERN = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** The longest duration that is taken: a year. */
export const LONGEST_MS = 365 * 86_400_000;

/** Milliseconds of `30s`, `5m`, `1h30m`, `500ms`, `2d`; undefined for anything else, and for more than a year. */
export function parseDuration(text: string): number | undefined {
  const parts = PATTERN.exec(text);
  if (text === '' || parts === null) return undefined;
  const ms = UNITS.reduce((sum, [, factor], i) => sum + Number(parts[i + 1] ?? 0) * factor, 0);
  return ms <= LONGEST_MS ? ms : undefined;
}

/** `1h30m` for 5,400,000: what `parseDuration` reads. Parts of a millisecond are rounded away. */
export function durationText(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  let text = '';
  for (const [unit, factor] of UNITS) {
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text === '' ? '0s' : text;
}
