import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../src/stack/state-dir';

const run = promisify(execFile);
const PROGRAM = join(ROOT, 'examples/local-fleet/fleet.mjs');
const UPDATE = join(__dirname, 'update.sh');
const ANSWER_MS = 30_000;

type Kind = 'worker-dies' | 'both-die' | 'worker-stops' | 'waits' | 'worker-dies-after';

/** What may befall an update command, whatever it brings or when it brings that release: see update.sh. */
export type Accident = Kind | `${Kind | 'fails'}@${string}`;

/** One line of an instance's ledger: what became effective there, by which generation. */
export interface Entry {
  generation: number;
  version: string;
}

export interface Row {
  instance_id: string;
  code_version: string;
  configuration_version: string;
  address: string;
}

/** Instances of the example's service: each a process, with a fence and a ledger of its own. */
export class Fleet {
  private constructor(
    readonly dir: string,
    readonly names: string[],
  ) {}

  static async up(count: number, parent = tmpdir()): Promise<Fleet> {
    const dir = realpathSync(mkdtempSync(join(parent, 'fleet-')));
    mkdirSync(join(dir, 'accidents'));
    await fleet('up', dir, '--count', String(count));
    return new Fleet(
      dir,
      rowsOf(dir).map(({ instance_id }) => instance_id),
    );
  }

  /** Prepares an accident of one instance's update command. */
  prepare(name: string, accident: Accident): void {
    writeFileSync(join(this.dir, 'accidents', `${name}.${accident}`), '');
  }

  happened(name: string, accident: Accident): boolean {
    return existsSync(join(this.dir, 'accidents', `${name}.${accident}.happened`));
  }

  /** Lets a command go on that waits. */
  go(name: string): void {
    writeFileSync(join(this.dir, 'accidents', `${name}.go`), '');
  }

  /** What the commands that a worker started said of themselves: `begins`, and `exit` with their status. */
  runs(worker: number): string[] {
    const file = join(this.dir, 'runs');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    return lines.filter((line) => line.startsWith(`${worker} `));
  }

  /** How often update commands were begun, by `instance generation`. */
  begun(): Map<string, number> {
    const file = join(this.dir, 'runs');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    const counts = new Map<string, number>();
    for (const line of lines) {
      const [, name, generation, what] = line.split(' ');
      const key = `${name} ${generation}`;
      if (what === 'begins') counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  /** No accident lies in wait any more, and none has happened. */
  clear(): void {
    const folder = join(this.dir, 'accidents');
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
  }

  /**
   * A deployment.yaml that brings a release to it: the first instance, then all others. What its commands leave behind
   * bears the run's id, by which it is found when the run is interrupted.
   */
  describe(service: string, version: string): string {
    const file = join(this.dir, `${service}-${version}.yaml`);
    writeFileSync(
      file,
      `service: ${service}
environment: kill
release: { code_version: ${version}, configuration_version: '1' }
fleet: { file: instances.json }
driver: ${JSON.stringify(this.driver)}
strategy: { type: rolling, batches: [1, 100%] }
max_failures: 0
on_failure: rollback
retry: { max_attempts: 1 }
timeouts: { instance: 60s, health: 30s }
min_healthy_time: 100ms
health_interval: 1s
`,
    );
    return file;
  }

  /** What became effective on each instance, oldest first. */
  ledgers(): Entry[][] {
    return this.names.map((name) => {
      const lines = readFileSync(join(this.dir, name, 'ledger'), 'utf8')
        .trim()
        .split('\n');
      return lines.map((line) => {
        const [generation, version = ''] = line.split(' ');
        return { generation: Number(generation), version };
      });
    });
  }

  /** The versions that the instances themselves answer with. */
  versions(): Promise<string[]> {
    return Promise.all(
      rowsOf(this.dir).map(async ({ address }) => {
        const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
        return ((await answer.json()) as { version: string }).version;
      }),
    );
  }

  /** The versions that the fleet's file lists. */
  listed(): string[] {
    return rowsOf(this.dir).map(({ code_version }) => code_version);
  }

  rows(): Row[] {
    return rowsOf(this.dir);
  }

  /** How its instances are updated, and say what they run, in a deployment.yaml. */
  get driver(): object {
    return {
      type: 'command',
      update: [UPDATE],
      env: { FLEET_DIR: this.dir, DRAIN_SECONDS: '0', BELAY_RUN_ID: process.env.BELAY_RUN_ID ?? '' },
      health: {
        type: 'http',
        path: '/health',
        expect_status: 200,
        code_version: 'version',
        configuration_version: 'config',
      },
    };
  }

  async down(): Promise<void> {
    await fleet('down', this.dir);
  }
}

function rowsOf(dir: string): Row[] {
  return JSON.parse(readFileSync(join(dir, 'instances.json'), 'utf8')) as Row[];
}

async function fleet(verb: 'up' | 'down', dir: string, ...args: string[]): Promise<void> {
  await run(process.execPath, [PROGRAM, verb, ...args, '--dir', dir]);
}
