import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Redactor } from './secrets';

const TAIL_BYTES = 8 * 1024;

/** The last 8 KiB of a text. */
export function tail(text: string): string {
  const bytes = Buffer.from(text);
  let start = Math.max(0, bytes.length - TAIL_BYTES);
  // Not in the middle of a character.
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start).toString();
}

/** The end of what a command prints, on both streams as it came, without secrets and never long. */
export class Output {
  private text = '';

  constructor(private readonly secrets: readonly string[]) {}

  /** Follows one stream; `also` gets the same bytes as they are. */
  follow(stream: Readable, also?: (bytes: Buffer) => void): void {
    // Characters and secrets may be cut in two by the pipe, each stream's on its own.
    const decoder = new StringDecoder('utf8');
    const redactor = new Redactor(this.secrets);
    stream.on('data', (bytes: Buffer) => {
      this.add(redactor.push(decoder.write(bytes)));
      also?.(bytes);
    });
    stream.on('close', () => this.add(redactor.push(decoder.end()) + redactor.end()));
    stream.on('error', () => stream.destroy());
  }

  /** A line of Belay's own. */
  say(line: string): void {
    const begins = this.text === '' || this.text.endsWith('\n');
    this.add(`${begins ? '' : '\n'}belay: ${line}\n`);
  }

  /** The last 8 KiB. */
  tail(): string {
    return tail(this.text);
  }

  private add(text: string): void {
    // A database's text can't hold NUL.
    this.text += text.replaceAll('\0', '\uFFFD');
    if (this.text.length > 4 * TAIL_BYTES) this.text = this.text.slice(-TAIL_BYTES);
  }
}
