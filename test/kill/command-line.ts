import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../src/stack/state-dir';
import { until } from './until';

const CLIENT = join(ROOT, 'dist/client.js');

/** One run of the built command line, as a person has it. */
export class CommandLine {
  private readonly child: ChildProcess;
  /** Both streams, as they came. */
  output = '';
  stdout = '';
  /** The exit status; a signal's name when it was killed. */
  readonly exit: Promise<number | string>;

  /** @param env is added to this process's own, without whatever names servers */
  constructor(args: string[], env: Record<string, string>) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(TEMPORAL_(?!CLI_PATH)|DATABASE_URL)/.test(name),
    );
    this.child = spawn(process.execPath, [CLIENT, ...args], {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    }
    this.exit = new Promise((resolve) => this.child.once('close', (code, signal) => resolve(code ?? signal ?? -1)));
  }

  /** Waits until it has said something. */
  async says(words: string | RegExp, ms = 60_000): Promise<void> {
    const said = () => (typeof words === 'string' ? this.output.includes(words) : words.test(this.output));
    await until(`${String(words)} in the output`, ms, said).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it is:\n${this.output}`);
    });
  }

  /** Sends a signal to its process group, as a terminal does; nothing when it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null)
      process.kill(-this.child.pid, signal);
  }
}
