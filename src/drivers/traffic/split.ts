import type { Split } from '../../domain/traffic';

/** What a balancer that counts in other units than percents may be off by. */
const ROUNDING = 0.5;

/** Whether two splits send requests to the same groups alike; a group that isn't named gets none. */
export function sameSplit(one: Split, other: Split): boolean {
  return furthest(one, other) === 0;
}

/** Whether a split that was read back is the one that was set, but for rounding. */
export function within(read: Split, set: Split): boolean {
  return furthest(read, set) <= ROUNDING;
}

/** `stable 75%, canary 25%` */
export function splitText(split: Split): string {
  return Object.entries(split)
    .map(([group, percent]) => `${group} ${percent}%`)
    .join(', ');
}

/** A split out of its JSON; undefined where that is none. */
export function splitFrom(text: string): Split | undefined {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return undefined;
  const percents = Object.values(told).map((each: unknown) => (typeof each === 'number' && each >= 0 ? each : NaN));
  const sum = percents.reduce((all, each) => all + each, 0);
  return Math.abs(sum - 100) <= ROUNDING ? (told as Split) : undefined;
}

function furthest(one: Split, other: Split): number {
  const groups = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Math.max(0, ...groups.map((group) => Math.abs((one[group] ?? 0) - (other[group] ?? 0))));
}
