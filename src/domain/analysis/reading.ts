import type { Distribution } from './statistics';

/** What was measured of one quantity, for one group of instances, in one stretch of time. */
export type Reading =
  | {
      kind: 'measured';
      value: number;
      /** How many single observations are behind it. Absent: nobody knows. */
      samples?: number;
      /** What is behind a share: whole numbers. */
      share?: { hits: number; total: number };
      /** What is behind a mean or a quantile. */
      values?: Distribution;
    }
  /** `unreachable`: nobody could be asked, which is not the release's fault either. */
  | { kind: 'nothing'; why: string; unreachable?: true };

/** Nothing was seen. */
export const NO_DATA: Reading = { kind: 'nothing', why: 'nothing was measured' };

/** A value under its name, where it can be kept: JSON has no number without an end, and what is said of it tells enough. */
export function keepable<Name extends string>(name: Name, value: number): { [Each in Name]?: number } {
  return Number.isFinite(value) ? ({ [name]: value } as { [Each in Name]: number }) : {};
}

/** A number as a person reads it: three digits that count. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', '∞');
  const rounded = Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3));
  return grouped(rounded);
}

/** The host's `Intl` has no place in a workflow: thousands are set apart by hand. */
export function grouped(value: number): string {
  const [whole = '', part] = String(value).split('.');
  if (whole.includes('e')) return String(value);
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? apart : `${apart}.${part}`;
}
