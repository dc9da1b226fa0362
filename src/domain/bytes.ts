const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1 GiB`, `1.5 MiB`, `12 B`. */
export function bytesText(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** unit;
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${UNITS[unit]}`;
}

/** What `1GiB`, `500 MiB` or `4096B` means; undefined for anything else, for none, and for more than 1,000 TiB. */
export function parseBytes(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,6}) ?(B|KiB|MiB|GiB|TiB)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Number(digits) * 1024 ** UNITS.indexOf(unit as (typeof UNITS)[number]);
  return bytes > 0 && bytes <= 1000 * 1024 ** 4 ? bytes : undefined;
}
