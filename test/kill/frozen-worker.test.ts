import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusDocument } from '../../src/domain';
import { testTemporalAddress } from '../support/temporal';
import { Fleet, type Accident, type Entry } from './fleet';
import { Line } from './line';
import { Stand, type Workplace, type WorkerAccident } from './stand';
import { until } from './until';

const OLD = '1.0.0';
const NEW = '1.1.0';
const PATIENCE_MS = 180_000;

/** A worker is stopped with SIGSTOP, counts as lost, is overtaken, and goes on. */
interface Case {
  title: string;
  /** Stops the worker: at a point of its own, or from within the update command that it has started. */
  worker?: Omit<WorkerAccident, 'signal'>;
  command?: Accident;
  overtakenBy: 'a newer deployment' | 'the rollback';
  /** Whether the frozen worker's command is run, too late. */
  runs: boolean;
}

const SPAWN = { when: 'spawn', instance: 'web-01' } as const;
const CASES: Case[] = [
  {
    title: 'before it looks whether it may',
    worker: { when: 'before', activity: 'changeInstance', ordinal: 0 },
    overtakenBy: 'a newer deployment',
    runs: false,
  },
  { title: 'about to start a command', worker: SPAWN, overtakenBy: 'a newer deployment', runs: true },
  { title: 'about to start a command', worker: SPAWN, overtakenBy: 'the rollback', runs: true },
  { title: 'with a command under way', command: 'worker-stops', overtakenBy: 'a newer deployment', runs: true },
  { title: 'with a command under way', command: 'worker-stops', overtakenBy: 'the rollback', runs: true },
];

/** All that a late worker could spoil. */
interface Picture {
  ledgers: Entry[][];
  versions: string[];
  listed: string[];
  recorded: unknown;
  document: StatusDocument;
}

interface Result {
  overtaken: StatusDocument;
  runsOfFrozen: string[];
  before: Picture;
  after: Picture;
}

let stand: Stand;
const fleets: Fleet[] = [];
const places: Workplace[] = [];
const lines: Line[] = [];
const results = new Map<Case, Promise<Result>>();

async function freeze({ worker, command, overtakenBy }: Case, service: string): Promise<Result> {
  const fleet = await Fleet.up(2, stand.folder);
  fleets.push(fleet);
  const place = stand.workplace();
  places.push(place);
  // Whoever polls is given tasks, even frozen; on a line that is cut it isn't, which saves the test minutes.
  const line = await Line.to(testTemporalAddress());
  lines.push(line);
  const frozen = await place.startWorker(line.address);
  if (worker !== undefined) place.prepare({ signal: 'SIGSTOP', ...worker });
  if (command !== undefined) fleet.prepare('web-01', command);
  if (overtakenBy === 'the rollback') fleet.prepare('web-02', `fails@${NEW}`);

  const began = await place.deploy(fleet.describe(service, NEW));
  await until('the worker to stand still', 60_000, () => stateOf(frozen.pid) === 'T');
  line.cut();
  await place.startWorker();
  const overtaken = await place.ended(began);
  const newer = overtakenBy === 'a newer deployment';
  const document = newer ? await place.ended(await place.deploy(fleet.describe(service, OLD))) : overtaken;

  const before = await pictureOf(fleet, document);
  fleet.go('web-01');
  if (command !== undefined) await until('the end of its command', 30_000, () => fleet.runs(frozen.pid).length === 2);
  process.kill(frozen.pid, 'SIGCONT');
  if (worker !== undefined) await until('the end of what it was doing', 30_000, () => place.accidentOver);
  // Whatever it has to say, it says before it ends.
  await frozen.stop();
  const later = await place.ended(document);
  return { overtaken, runsOfFrozen: fleet.runs(frozen.pid), before, after: await pictureOf(fleet, later) };
}

async function pictureOf(fleet: Fleet, document: StatusDocument): Promise<Picture> {
  const path = join(fleet.dir, 'instances.json');
  return {
    ledgers: fleet.ledgers(),
    versions: await fleet.versions(),
    listed: fleet.listed(),
    recorded: [...(await stand.store.recorded(path, fleet.names))],
    document,
  };
}

/** `T`: stopped. */
function stateOf(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) ? /\) (\w)/.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
}

// Whether a process stands still is told by /proc.
(process.platform === 'linux' ? describe : describe.skip)('a worker that is stopped past its heartbeat', () => {
  beforeAll(async () => {
    stand = await Stand.open();
    for (const [index, each] of CASES.entries()) {
      const result = freeze(each, `frozen-${index}`);
      result.catch(() => undefined);
      results.set(each, result);
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all(places.map((place) => place.close()));
    for (const line of lines) line.close();
    await Promise.all(fleets.map((fleet) => fleet.down()));
    await stand.shut();
  }, 60_000);

  it.each(CASES)(
    '$title, and overtaken by $overtakenBy, changes nothing when it goes on',
    async (each) => {
      const { overtaken, runsOfFrozen, before, after } = await results.get(each)!;
      const newer = each.overtakenBy === 'a newer deployment';
      expect(overtaken.status).toBe(newer ? 'succeeded' : 'rolled_back');
      expect(runsOfFrozen).toEqual(
        each.runs ? [expect.stringContaining('begins'), expect.stringContaining('exit 1')] : [],
      );

      const { generation } = overtaken;
      const last = newer ? before.document.generation : overtaken.rollback_generation;
      const entries = [
        { generation: 0, version: OLD },
        { generation, version: NEW },
        { generation: last, version: OLD },
      ];
      expect(before.ledgers).toEqual([entries, entries]);
      expect(before.versions).toEqual([OLD, OLD]);
      expect(after).toEqual(before);
    },
    PATIENCE_MS,
  );
});
