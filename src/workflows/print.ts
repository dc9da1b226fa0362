import type { MessageKind } from '../domain';
import type { Fields } from './fields';

const OFFSETS = [0x811c9dc5, 0x01000193];
const PRIME = 0x01000193;

/** What tells a message from others under the same request id, in a few characters. Nobody is kept out by it. */
export function printOf(kind: MessageKind, { requestId: _, ...fields }: Fields): string {
  const text = JSON.stringify([kind, fields]);
  return OFFSETS.map((offset) => fnv1a(text, offset).toString(36)).join('-');
}

function fnv1a(text: string, offset: number): number {
  let hash = offset;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash >>> 0;
}
