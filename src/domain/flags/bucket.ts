import { murmur3 } from './murmur3';
import type { Variant } from './flag';

/** A user's place is one of so many. */
const PLACES = 2 ** 32;
/** The finest part of a percent, so that all is reckoned in whole numbers: 2^32 × 100,000 is far below 2^53. */
const PARTS = 1_000;

/** What a place is drawn for: whoever is among the first to be in is not for that among the first of the variants. */
const SEEDS = { rollout: 0, variant: 1 };

/**
 * The place of a user in a flag: all 32 bits of MurmurHash3 of `key/user`, the unit interval in 2^32 steps. No key has
 * a slash in it, so no two pairs are the same text.
 */
export function placeOf(key: string, user: string, of: keyof typeof SEEDS): number {
  return murmur3(`${key}/${user}`, SEEDS[of]);
}

/** Whether a place is among the first `percent`. Who is in stays in as it grows: the place never changes. */
export function isAmong(place: number, percent: number): boolean {
  return place * 100 * PARTS < Math.round(percent * PARTS) * PLACES;
}

/** A place as people read it: how many percent are before it. */
export function placeText(place: number): string {
  return (Math.floor((place / PLACES) * 100 * PARTS) / PARTS).toFixed(3);
}

/** The variant at a place; undefined where no variant has a weight. */
export function weighted(variants: readonly Variant[], place: number): Variant | undefined {
  const total = weightOf(variants);
  let before = 0;
  for (const variant of variants) {
    before += variant.weight ?? 0;
    // A hundred weights of 10,000 at the most: far below 2^53.
    if (place * total < before * PLACES) return variant;
  }
  return undefined;
}

export function weightOf(variants: readonly Variant[]): number {
  return variants.reduce((sum, { weight = 0 }) => sum + weight, 0);
}
