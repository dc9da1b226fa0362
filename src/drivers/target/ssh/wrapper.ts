import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { Output } from '../output';
import { STDOUT_BYTES, type Ending } from '../run';
import type { Connection } from './connection';
import { Marked } from './marked';
import type { MarkWord } from './script';
import { endGroup } from './stop';

/** A command's wrapper on a host, as seen from here: what it tells, what the command prints, and how it ends. */
export class Wrapper {
  readonly mark = `belay-${randomUUID()}`;
  /** Undefined: its channel ended without a word of that. */
  readonly ending: Promise<Ending | undefined>;
  /** How the shell ended, if the host has told. */
  exit: { status: number; signal?: string } | undefined;
  /** It was told to go. */
  begun = false;
  private finish: (ending: Ending | undefined) => void = () => {};
  private group: number | undefined;
  private stopping: Promise<void> | undefined;
  private ended: Ending | undefined;
  private readonly output: Output;
  private readonly streams: Marked[];
  private readonly kept: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly channel: ClientChannel,
    private readonly connection: Connection,
    secrets: readonly string[],
    /** What follows when the host asks for it. */
    private readonly bytes: () => Promise<AsyncIterable<Uint8Array>>,
  ) {
    this.output = new Output(secrets);
    this.ending = new Promise((resolve) => (this.finish = resolve));
    this.streams = [this.follow(channel, (bytes) => this.keep(bytes)), this.follow(channel.stderr)];
    channel.once('exit', (status: number | null, name?: string) => {
      this.exit = { status: status ?? 0, ...(name === undefined ? {} : { signal: signalName(name) }) };
    });
    channel.once('close', () => this.finish(this.ended));
    // A write to a host that is gone; the channel's end tells.
    channel.on('error', () => {});
  }

  /** Standard output as it is, at most 1 MiB. */
  get stdout(): string {
    return Buffer.concat(this.kept).toString();
  }

  /** Ends it, once: its ending is told when the group is gone, or can't be reached. */
  stop(): void {
    this.stopping ??= this.end();
  }

  /** Lets go of it; answers with the last 8 KiB of what it printed. */
  async close(): Promise<string> {
    await this.stopping;
    this.channel.close();
    await Promise.all(this.streams.map(closed));
    return this.output.tail();
  }

  private async end(): Promise<void> {
    // Without a go nothing starts: where the group isn't known yet, there is nothing to wait for.
    this.channel.end();
    const gone = this.group === undefined || (await endGroup(this.connection, this.group));
    if (!gone) this.output.say('not all of it could be ended on the host; it may still be running there');
    this.finish(undefined);
  }

  /** As fast as the host takes it; a channel that is closed takes nothing any more. */
  private async send(): Promise<void> {
    const { channel } = this;
    for await (const chunk of await this.bytes()) {
      if (this.stopping !== undefined || !channel.writable) return;
      if (!channel.write(chunk)) await drained(channel);
    }
  }

  private follow(from: Readable, also?: (bytes: Buffer) => void): Marked {
    const marked = new Marked(this.mark, (words) => this.told(words));
    this.output.follow(marked, also);
    from.on('data', (bytes: Buffer) => marked.write(bytes));
    return marked;
  }

  private told(words: string): void {
    const [word, ...rest] = words.split(' ');
    switch (word as MarkWord) {
      case 'pid':
        this.group = Number(rest[0]);
        // What came before is the host's login, not the command's.
        this.kept.length = this.size = 0;
        break;
      case 'ready':
        if (this.stopping !== undefined) break;
        this.begun = true;
        this.channel.write('go\n');
        break;
      case 'send':
        this.send().catch((error: Error) => {
          this.finish({ kind: 'not_started', why: `the artifact can't be sent: ${error.message}` });
        });
        break;
      case 'refused':
        this.finish({ kind: 'not_started', why: rest.join(' ') });
        break;
      case 'ends':
        // Once on each stream, behind all that the command printed there.
        if (this.ended !== undefined) this.finish(this.ended);
        this.ended = endingOf(Number(rest[0]));
        break;
    }
  }

  private keep(bytes: Buffer): void {
    if (this.size < STDOUT_BYTES) this.kept.push(bytes.subarray(0, STDOUT_BYTES - this.size));
    this.size += bytes.length;
  }
}

function drained(channel: ClientChannel): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      channel.off('drain', go).off('close', go);
      resolve();
    };
    channel.on('drain', go).on('close', go);
  });
}

/** A shell tells of a signal with a status above 128. */
function endingOf(status: number): Ending {
  const found = Object.entries(constants.signals).find(([, number]) => number === status - 128);
  return found === undefined ? { kind: 'exited', status } : { kind: 'killed', signal: found[0] };
}

function signalName(name: string): string {
  return name.startsWith('SIG') ? name : `SIG${name}`;
}

/** Ended streams have told all that they held back. */
function closed(stream: Marked): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) return resolve();
    stream.once('close', resolve);
    stream.end();
  });
}
