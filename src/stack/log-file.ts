import { openSync, renameSync, statSync } from 'node:fs';

const MOST_BYTES = 5_000_000;

/** Opens a log for what a process prints; a long one is put aside first. Who opened it closes it. */
export function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES) renameSync(file, `${file}.old`);
  return openSync(file, 'a', 0o600);
}
