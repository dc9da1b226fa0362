import { Transform, type TransformCallback } from 'node:stream';

const LINE_END = 10;

/** Takes the lines that begin with the mark out of what a host sends, and tells them; lets everything else through. */
export class Marked extends Transform {
  private held = Buffer.alloc(0);
  private readonly mark: Buffer;

  /** @param told is given the words after the mark */
  constructor(
    mark: string,
    private readonly told: (words: string) => void,
  ) {
    super();
    this.mark = Buffer.from(`${mark} `);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = Buffer.concat([this.held, chunk]);
    for (;;) {
      const at = rest.indexOf(this.mark);
      if (at < 0) break;
      const end = rest.indexOf(LINE_END, at);
      this.push(rest.subarray(0, at));
      rest = rest.subarray(at);
      if (end < 0) {
        this.held = rest;
        return done();
      }
      this.told(rest.subarray(this.mark.length, end - at).toString());
      rest = rest.subarray(end - at + 1);
    }
    const kept = this.beginning(rest);
    this.push(rest.subarray(0, rest.length - kept));
    this.held = rest.subarray(rest.length - kept);
    done();
  }

  override _flush(done: TransformCallback): void {
    this.push(this.held);
    done();
  }

  /** How many of the last bytes may be the start of a mark. */
  private beginning(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.mark.length - 1); length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.mark.subarray(0, length))) return length;
    }
    return 0;
  }
}
