import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { killGroup } from '../drivers/target/group';
import { pause } from './pause';
import { identityOf } from '../drivers/target/process-identity';

/** From SIGTERM to SIGKILL: whoever stops an agent is answered within 5 s. */
const GRACE_MS = 3_000;
const POLL_MS = 100;

interface Note {
  /** Of the command, which leads a process group of its own. */
  pid: number;
  identity: string;
}

/**
 * Which update command runs, in the agent's state_dir: an agent that was killed leaves it running, and the next one has
 * to end it before it starts another. Nothing here is synced: no command outlives a crash of the machine.
 */
export class CommandNote {
  private readonly file: string;

  constructor(stateDir: string) {
    this.file = join(stateDir, 'command.json');
  }

  /** Notes a command that has just been started. */
  readonly write = (pid: number): void => {
    const identity = identityOf(pid);
    if (identity === undefined) return;
    writeFileSync(`${this.file}.new`, JSON.stringify({ pid, identity } satisfies Note), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  };

  /** Forgets a command that has ended. */
  clear(): void {
    if (this.running() === undefined) rmSync(this.file, { force: true });
  }

  /**
   * Ends the command that is noted, if it still runs, with its process group, and waits until it is gone. What it put
   * into groups of its own lives on, and so does what a command left behind that has ended by itself.
   */
  async end(say: (text: string) => void, signal: AbortSignal): Promise<void> {
    const pid = this.running();
    if (pid !== undefined) {
      say(`ending an update command that was left running: process group ${pid}`);
      await killGroup(pid, GRACE_MS);
      if (this.running() !== undefined)
        say(`process group ${pid} can't be ended; nothing is begun before it has ended`);
      while (this.running() !== undefined) await pause(POLL_MS, signal);
    }
    this.clear();
  }

  /** The number may be another process's by now: then it isn't running. */
  private running(): number | undefined {
    const note = this.read();
    return note !== undefined && identityOf(note.pid) === note.identity ? note.pid : undefined;
  }

  private read(): Note | undefined {
    try {
      const { pid, identity } = JSON.parse(readFileSync(this.file, 'utf8')) as Partial<Note>;
      // 0 and 1 would mean this process's group and everybody.
      if (!Number.isSafeInteger(pid) || pid! < 2 || typeof identity !== 'string') return undefined;
      return { pid: pid!, identity };
    } catch (error) {
      // It is renamed into its place: one that can't be parsed is none of an agent's.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
