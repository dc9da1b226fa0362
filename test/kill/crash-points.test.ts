import type { StatusDocument } from '../../src/domain';
import { Fleet, type Accident, type Entry } from './fleet';
import { Pending } from './pending';
import { Stand, type Workplace, type WorkerAccident } from './stand';
import { until } from './until';

type CommandAccident = 'worker-dies' | 'both-die' | 'worker-dies-after';

/** One accident on the way of a deployment of three instances: the first, then the two others. */
interface Case {
  title: string;
  /** Befalls the worker, around an activity. */
  worker?: Omit<WorkerAccident, 'signal'>;
  /** Befalls the update command of an instance. */
  command?: { instance: string; accident: CommandAccident };
  /** `back`: the last instance doesn't like the release. `undo`: it befalls the rollback of a deployment that has ended. */
  course: 'forward' | 'back' | 'undo';
}

const FIRST = 'web-01';
const LAST = 'web-03';
const VERSIONS = ['1.0.0', '1.1.0'] as const;

type Which = Record<string, Pick<WorkerAccident, 'ordinal' | 'nth'>>;

const ONCE: Which = { '': {} };
const INSTANCES: Which = { 'the first instance': { ordinal: 0 }, 'the last instance': { ordinal: 2 } };
/** Before the second batch, and before the end. */
const TIMES: Which = { 'the first time': { nth: 1 }, 'the last time': { nth: 2 } };

function around(activity: string, course: Case['course'], which: Which = ONCE): Case[] {
  return Object.entries(which).flatMap(([name, point]) =>
    (['before', 'after'] as const).map((when) => ({
      title: `${when} ${activity}${name === '' ? '' : `, ${name}`}`,
      worker: { when, activity, ...point },
      course,
    })),
  );
}

function within(instance: string, accident: CommandAccident, how: string, course: Case['course']): Case {
  return { title: `${how}, ${instance}`, command: { instance, accident }, course };
}

const GOES_ON = 'while the command runs, which goes on';
const DIES = 'while the command runs, which dies with it';
const ENDED = 'when the command has ended';

const CASES: Case[] = [
  ...around('begin', 'forward'),
  ...around('names', 'forward'),
  ...around('changeInstance', 'forward', INSTANCES),
  ...[FIRST, LAST].flatMap((instance) => [
    within(instance, 'worker-dies', GOES_ON, 'forward'),
    within(instance, 'both-die', DIES, 'forward'),
    within(instance, 'worker-dies-after', ENDED, 'forward'),
  ]),
  ...around('takeStock', 'forward', TIMES),
  // It never ends by itself while all is well.
  ...around('patrol', 'forward').slice(0, 1),
  ...around('recordEnd', 'forward'),

  ...around('changeInstance', 'back', { 'the one that fails': { ordinal: 2 } }),
  ...around('drawGeneration', 'back'),
  ...around('log', 'back'),
  ...around('recordProgress', 'back'),
  ...around('restoreInstance', 'back', INSTANCES),
  within(FIRST, 'worker-dies', GOES_ON, 'back'),
  within(LAST, 'both-die', DIES, 'back'),
  ...around('recordEnd', 'back'),

  ...around('begin', 'undo').slice(1),
  ...around('restoreInstance', 'undo', INSTANCES).slice(1, 3),
];

/** Most of a case's time is waiting for missing heartbeats. */
const AT_ONCE = 13;
const PATIENCE_MS = 240_000;

interface Result {
  /** Why workers ended. */
  ends: string[];
  document: StatusDocument;
  /** On the way forward, and on the way back. */
  generations: [number, number];
  from: string;
  to: string;
  /** What was added to each ledger. */
  added: Entry[][];
  versions: string[];
  listed: string[];
}

let stand: Stand;
const places: Workplace[] = [];
const fleets: Fleet[] = [];
const results = new Map<Case, Pending<Result>>();
let furnished: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  stand = await Stand.open();
  for (const each of CASES) results.set(each, new Pending());
  const cases = results.entries();
  for (let index = 0; index < AT_ONCE; index++) void attend(`service-${index}`, cases);
}, 60_000);

afterAll(async () => {
  await Promise.all(places.map((place) => place.close()));
  await Promise.all(fleets.map((fleet) => fleet.down()));
  await stand.shut();
}, 60_000);

/** Takes one case after another, on a fleet and a task queue of its own. */
async function attend(service: string, cases: Iterable<[Case, Pending<Result>]>): Promise<void> {
  const place = stand.workplace();
  places.push(place);
  const opened = furnish(place);
  await opened.catch(() => undefined);
  for (const [each, result] of cases) {
    try {
      result.resolve(await meet(each, service, place, await opened));
    } catch (error) {
      result.reject(error);
    }
  }
}

/** A fleet and a first worker: one place after the other, or all of them would be slow at once. */
function furnish(place: Workplace): Promise<Fleet> {
  const work = async () => {
    const fleet = await Fleet.up(3, stand.folder);
    fleets.push(fleet);
    await place.work();
    return fleet;
  };
  const fleet = furnished.then(work);
  furnished = fleet.catch(() => undefined);
  return fleet;
}

async function meet(
  { worker, command, course }: Case,
  service: string,
  place: Workplace,
  fleet: Fleet,
): Promise<Result> {
  await place.work();
  const [from, to] = fleet.listed()[0] === VERSIONS[0] ? VERSIONS : [VERSIONS[1], VERSIONS[0]];
  const ends = place.ends.length;
  const before = fleet.ledgers();
  const file = fleet.describe(service, to);
  fleet.clear();
  place.prepare();
  if (course === 'back') fleet.prepare(LAST, `fails@${to}`);
  const first = course === 'undo' ? await place.ended(await place.deploy(file)) : undefined;

  const accident: Accident | undefined = command && `${command.accident}@${course === 'forward' ? to : from}`;
  if (command !== undefined && accident !== undefined) fleet.prepare(command.instance, accident);
  if (worker !== undefined) place.prepare({ signal: 'SIGKILL', ...worker });
  const document = await place.ended(first === undefined ? await place.deploy(file) : await place.undo(first));

  const happened = () =>
    command === undefined || accident === undefined
      ? place.accidentHappened
      : fleet.happened(command.instance, accident);
  await until('the accident', 10_000, () => happened() && place.ends.length > ends);
  return {
    ends: place.ends.slice(ends),
    document,
    generations: [first?.generation ?? document.generation, document.rollback_generation ?? document.generation],
    from,
    to,
    added: fleet.ledgers().map((entries, index) => entries.slice(before[index]?.length)),
    versions: await fleet.versions(),
    listed: fleet.listed(),
  };
}

describe('the worker is killed', () => {
  it.each(CASES.filter(({ course }) => course === 'forward'))(
    '$title: the rollout is finished',
    async (each) => {
      const { ends, document, to, added, versions, listed } = await results.get(each)!.promise;
      expect(ends).toEqual([expect.stringContaining('SIGKILL')]);
      expect(document).toMatchObject({ status: 'succeeded', counts: { total: 3, succeeded: 3 } });
      const once = [{ generation: document.generation, version: to }];
      expect(added).toEqual([once, once, once]);
      expect(versions).toEqual([to, to, to]);
      expect(listed).toEqual([to, to, to]);
    },
    PATIENCE_MS,
  );

  it.each(CASES.filter(({ course }) => course !== 'forward'))(
    '$title ($course): everything goes back',
    async (each) => {
      const { ends, document, generations, from, to, added, versions, listed } = await results.get(each)!.promise;
      expect(ends).toEqual([expect.stringContaining('SIGKILL')]);
      expect(document).toMatchObject({ status: 'rolled_back', counts: { total: 3, rolled_back: 3 } });
      const both = [
        { generation: generations[0], version: to },
        { generation: generations[1], version: from },
      ];
      expect(added).toEqual([both, both, both]);
      expect(versions).toEqual([from, from, from]);
      expect(listed).toEqual([from, from, from]);
    },
    PATIENCE_MS,
  );
});
