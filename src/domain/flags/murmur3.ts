const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
const UTF8 = new TextEncoder();

const rotated = (value: number, by: number) => (value << by) | (value >>> (32 - by));
const scrambled = (block: number) => Math.imul(rotated(Math.imul(block, C1), 15), C2);

/**
 * MurmurHash3_x86_32 by Austin Appleby (public domain) over the UTF-8 bytes of a text: a whole number below 2^32.
 * The same in every language that has it; the tests hold its published vectors.
 */
export function murmur3(text: string, seed: number): number {
  const bytes = UTF8.encode(text);
  const blocks = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let at = 0; at < whole; at += 4) {
    hash = (Math.imul(rotated(hash ^ scrambled(blocks.getUint32(at, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | bytes[at]!;
  return finished(hash ^ scrambled(rest) ^ bytes.length);
}

/** Every bit of the input turns every bit of the result in half of all cases. */
function finished(given: number): number {
  let hash = given;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
