import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandLine } from './command-line';
import { Fleet, type Entry } from './fleet';
import { OwnStack, type End } from './own-stack';
import { killAll, processesOf } from './processes';
import { until } from './until';

const OLD = '1.0.0';
const NEW = '1.1.0';
const PATIENCE_MS = 240_000;

/** A stack and a fleet. */
class Home extends OwnStack {
  private constructor(
    folder: string,
    readonly fleet: Fleet,
  ) {
    super(folder);
  }

  static async make(folder: string): Promise<Home> {
    return new Home(join(folder, 'state'), await Fleet.up(3, folder));
  }

  /** Starts a deployment whose second batch stands still at an instance until that is let go. */
  async deployUntilHeld(version: string): Promise<CommandLine> {
    this.fleet.prepare('web-02', 'waits');
    const run = this.run('deploy', '-f', this.fleet.describe('web', version));
    await until('the second batch', 60_000, () => this.fleet.happened('web-02', 'waits')).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it says:\n${run.output}`);
    });
    return run;
  }

  override async leave(): Promise<void> {
    await super.leave();
    await this.fleet.down();
  }
}

let folder: string;
const homes: Home[] = [];

async function home(): Promise<Home> {
  const made = await Home.make(realpathSync(mkdtempSync(join(folder, 'home-'))));
  homes.push(made);
  return made;
}

/** One after the other. */
function inTurn(opened: Promise<Home>, stories: ((home: Home) => Promise<void>)[]): Promise<void>[] {
  const told: Promise<void>[] = [];
  for (const story of stories) {
    const before = told.at(-1) ?? Promise.resolve();
    const next = before.then(async () => story(await opened));
    next.catch(() => undefined);
    told.push(next);
  }
  return told;
}

async function whileTemporalDies(home: Home): Promise<void> {
  const before = home.fleet.ledgers();
  await home.dev();
  const deploy = await home.deployUntilHeld(NEW);
  await home.killTemporal();
  home.fleet.go('web-02');
  expect(await deploy.exit).toBe(0);
  expectForward(home, await home.endOf(deploy), before, NEW);
}

async function whilePostgresDies(home: Home): Promise<void> {
  const before = home.fleet.ledgers();
  home.fleet.clear();
  const deploy = await home.deployUntilHeld(OLD);
  await home.killPostgres();
  home.fleet.go('web-02');
  expect(await deploy.exit).toBe(0);
  expectForward(home, await home.endOf(deploy), before, OLD);

  home.interruptAll();
  await until('the end of all of it', 60_000, () => home.processes().length === 0);
}

async function whileAllDies(home: Home): Promise<void> {
  const before = home.fleet.ledgers();
  await home.dev();
  const deploy = await home.deployUntilHeld(NEW);
  await killAll(home.processes());
  // Its command lives on, and nobody hears of its end.
  home.fleet.go('web-02');
  await home.dev();
  const watch = home.run('watch', await home.idIn(deploy));
  expect(await watch.exit).toBe(0);
  expectForward(home, await home.endOf(deploy), before, NEW);
}

async function whileAllDiesOnTheWayBack(home: Home): Promise<void> {
  const before = home.fleet.ledgers();
  home.fleet.clear();
  home.fleet.prepare('web-03', `fails@${OLD}`);
  const deploy = await home.deployUntilHeld(OLD);
  // The first one is done, and goes back last.
  home.fleet.prepare('web-01', 'waits');
  home.fleet.go('web-02');
  await until('the way back', 60_000, () => home.fleet.happened('web-01', 'waits'));
  await killAll(home.processes());
  home.fleet.go('web-01');
  const watch = home.run('watch', await home.idIn(deploy));
  expect(await watch.exit).toBe(3);
  expectBack(home, await home.endOf(deploy), before, NEW, OLD);
}

async function interrupted(home: Home): Promise<void> {
  const before = home.fleet.ledgers();
  const deploy = await home.deployUntilHeld(NEW);
  expect(deploy.output).toContain('starting a stack for this run');
  const id = await home.idIn(deploy);
  deploy.signal('SIGINT');
  await deploy.says(`Detached: ${id} goes on`);
  expect((await home.document(id)).status).toBe('running');
  await deploy.says('so it stays until nothing is in flight');
  deploy.signal('SIGINT');
  await deploy.says(`Suspended: ${id}`);
  expect(await deploy.exit).toBe(130);
  expect(home.processes()).toEqual([]);

  // Whoever comes next starts it again, and goes on with it.
  home.fleet.go('web-02');
  const watch = home.run('watch', id);
  expect(await watch.exit).toBe(0);
  expect(home.processes()).toEqual([]);
  expectForward(home, await home.endOf(deploy), before, NEW);

  // Interrupted once, a deployment goes on to its end with the stack that it was started with.
  home.fleet.clear();
  const other = await home.deployUntilHeld(OLD);
  other.signal('SIGINT');
  await other.says('so it stays until nothing is in flight');
  home.fleet.go('web-02');
  expect(await other.exit).toBe(130);
  expect(home.processes()).toEqual([]);
  expect(await home.fleet.versions()).toEqual([OLD, OLD, OLD]);
}

function expectForward({ fleet }: Home, { status, generation }: End, before: Entry[][], version: string): void {
  expect(status).toBe('succeeded');
  expect(fleet.ledgers()).toEqual(before.map((entries) => [...entries, { generation, version }]));
}

function expectBack({ fleet }: Home, end: End, before: Entry[][], from: string, to: string): void {
  expect(end.status).toBe('rolled_back');
  const both = [
    { generation: end.generation, version: to },
    { generation: end.rollback_generation, version: from },
  ];
  expect(fleet.ledgers()).toEqual(before.map((entries) => [...entries, ...both]));
}

// What runs is found in /proc.
(process.platform === 'linux' ? describe : describe.skip)('a deployment goes on and ends as it should', () => {
  const chapters: Record<'servers' | 'everything' | 'interrupts', Promise<void>[]> = {
    servers: [],
    everything: [],
    interrupts: [],
  };

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-kill-')));
    // They wait for heartbeats and servers most of the time: side by side.
    chapters.servers = inTurn(home(), [whileTemporalDies, whilePostgresDies]);
    chapters.everything = inTurn(home(), [whileAllDies, whileAllDiesOnTheWayBack]);
    chapters.interrupts = inTurn(home(), [interrupted]);
  });

  afterAll(async () => {
    await Promise.all(homes.map((each) => each.leave()));
    expect(processesOf(folder)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('when Temporal is killed half-way', async () => chapters.servers[0], PATIENCE_MS);
  it('when PostgreSQL is killed half-way', async () => chapters.servers[1], PATIENCE_MS);
  it('when everything is killed at once, and started again', async () => chapters.everything[0], PATIENCE_MS);
  it('when everything is killed at once on the way back', async () => chapters.everything[1], PATIENCE_MS);
  it('when the command that hosts it is interrupted, once and twice', async () => chapters.interrupts[0], PATIENCE_MS);
});
