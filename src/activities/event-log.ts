import type { Tools } from './dependencies';
import type { LogInput } from './types';

/** Each line once, however often it is told. */
export async function writeLines({ store }: Tools, { generation, lines }: LogInput): Promise<void> {
  for (const { sequence, ...line } of lines) await store.appendEventOnce({ generation, ...line }, sequence);
}
