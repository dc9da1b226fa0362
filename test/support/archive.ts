import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** One entry of an archive, as it is to be written: right or not. */
export interface ArchiveEntry {
  path: string;
  /** As in the format: 0 a file, 1 a hard link, 2 a symbolic link, 3 and 4 devices, 5 a folder, 6 a pipe. */
  type?: string;
  link?: string;
  text?: string | Buffer;
  mode?: number;
}

const BLOCK = 512;

/** The bytes of a tar archive, header for header: nothing refuses what no program would write. */
export function tarOf(entries: ArchiveEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)]);
}

export function tgzOf(entries: ArchiveEntry[]): Buffer {
  return gzipSync(tarOf(entries));
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function blocksOf({
  path,
  type = '0',
  link = '',
  text = '',
  mode = type === '5' ? 0o755 : 0o644,
}: ArchiveEntry): Buffer[] {
  const content = Buffer.from(text as string);
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(1_700_000_000, 12), 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [header, content, padding];
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}
