import type { ByteRange } from '../domain/artifact';

/**
 * The part of `size` bytes that a Range header asks for (RFC 9110, 14.2). Several ranges, another unit and what can't
 * be read are answered with the whole, as the RFC allows; `none`: no byte of it is there.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'whole' | 'none' {
  const [, from, to] = /^bytes *= *(\d*) *- *(\d*) *$/i.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return 'whole';
  const last = size - 1;
  if (from === '') {
    const length = Number(to);
    return length === 0 || size === 0 ? 'none' : { first: Math.max(0, size - length), last };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return 'whole';
  return first > last ? 'none' : { first, last: to === '' ? last : Math.min(last, Number(to)) };
}
