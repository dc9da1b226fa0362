import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../src/stack/processes';
import { CommandLine } from './command-line';
import { killAll, processesOf } from './processes';
import { until } from './until';

const ID = /(kill\/[a-z]+\/\d+)[: ]/;

/** How a deployment ended. */
export interface End {
  status: string;
  generation: number;
  rollback_generation?: number;
  traffic_percent: number | null;
  awaiting?: { kind: string };
}

/** A stack of Belay's own in a folder of its own, used by the command line alone. */
export class OwnStack {
  private readonly runs: CommandLine[] = [];

  constructor(readonly folder: string) {}

  run(...args: string[]): CommandLine {
    const run = new CommandLine(args, { BELAY_STATE_DIR: this.folder });
    this.runs.push(run);
    return run;
  }

  async dev(): Promise<CommandLine> {
    const dev = this.run('dev');
    await dev.says('Ctrl-C stops it');
    return dev;
  }

  /** The id in the output of a command. */
  async idIn(run: CommandLine): Promise<string> {
    await run.says(ID);
    return ID.exec(run.output)?.[1] ?? '';
  }

  async document(id: string): Promise<End> {
    const status = this.run('status', id, '--json');
    await status.exit;
    return JSON.parse(status.stdout) as End;
  }

  async endOf(run: CommandLine): Promise<End> {
    return this.document(await this.idIn(run));
  }

  /** Kills Temporal; whoever hosts the stack starts it again. */
  async killTemporal(): Promise<void> {
    const { pid } = JSON.parse(readFileSync(join(this.folder, 'temporal/server.json'), 'utf8')) as { pid: number };
    await killServer(pid);
  }

  async killPostgres(): Promise<void> {
    await killServer(Number(readFileSync(join(this.folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]));
  }

  /** Every process of the stack, and of the command lines that use it. */
  processes() {
    return processesOf(this.folder);
  }

  /** Ctrl-C for whoever still runs. */
  interruptAll(): void {
    for (const run of this.runs) run.signal('SIGINT');
  }

  async leave(): Promise<void> {
    await killAll(this.processes());
  }
}

async function killServer(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until('its end', 10_000, () => !isAlive(pid));
}
