import type { StatusDocument } from '../../src/domain';
import { plainFlag } from '../../src/domain/flags';
import { Pending } from './pending';
import { CASES, SITE_OF, type Case } from './progressive-cases';
import { backendsOf, Site, slotOf, type Routed, type SiteKind } from './site';
import { Stand, type Workplace } from './stand';
import { until } from './until';

/**
 * A worker is killed in the middle of each kind of step of a canary, a blue-green and a deployment of features, behind
 * real HAProxies: what they do, what runs, the flags and the status agree in the end.
 */

/** Two run beside each other, and a third one comes. */
const RELEASES = ['1.0.0/1', '1.1.0/1', '1.1.0/2'];
/** Most of a case's time is waiting for missing heartbeats. */
const PLACES: Record<SiteKind, number> = { canary: 9, blue_green: 4 };
const PATIENCE_MS = 300_000;

/** How all of it was when a deployment had ended. */
interface Result {
  /** Why workers ended. */
  ends: string[];
  document: StatusDocument;
  before: { entry: Routed['entry']; versions: string[] };
  to: string;
  routed: Routed[];
  /** What instances say that they run, and what the fleet's file lists. */
  versions: string[];
  listed: string[];
  /** How often the update command of each instance was begun, by generation. */
  begun: Record<string, number>;
  hooks: { run: string[]; recorded: string[] };
  flag: { enabled: boolean; percent: number; events: number };
  /** Requests that weren't answered well. */
  failures: string[];
}

let stand: Stand;
const places: Workplace[] = [];
const sites: Site[] = [];
const results = new Map<Case, Pending<Result>>();
let furnished: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  stand = await Stand.open();
  for (const each of CASES) results.set(each, new Pending());
  for (const kind of ['canary', 'blue_green'] as const) {
    const cases = [...results].filter(([{ course }]) => SITE_OF[course] === kind).values();
    for (let index = 0; index < PLACES[kind]; index++) void attend(kind, `${kind}-${index}`, cases);
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(places.map((place) => place.close()));
  await Promise.all(sites.map((site) => site.down()));
  await stand.shut();
}, 60_000);

/** Takes one case after another, with a site and a task queue of its own. */
async function attend(kind: SiteKind, service: string, cases: Iterable<[Case, Pending<Result>]>): Promise<void> {
  const place = stand.workplace();
  places.push(place);
  const opened = furnish(kind, service, place);
  await opened.catch(() => undefined);
  for (const [each, result] of cases) {
    try {
      result.resolve(await meet(each, place, await opened));
    } catch (error) {
      result.reject(error);
    }
  }
}

/** A site and a first worker: one place after the other, or all of them would be slow at once. */
function furnish(kind: SiteKind, service: string, place: Workplace): Promise<Site> {
  const work = async () => {
    const site = await Site.up(kind, service, stand.folder);
    sites.push(site);
    await place.work();
    return site;
  };
  const site = furnished.then(work);
  furnished = site.catch(() => undefined);
  return site;
}

async function meet(each: Case, place: Workplace, site: Site): Promise<Result> {
  const { worker, command, hook, course } = each;
  await place.work();
  const { fleet } = site;
  const before = { entry: await site.entryOf(site.routers[0]), versions: await site.versions() };
  const to = RELEASES.find((release) => !before.versions.includes(release))!;
  const flag = `flag-${CASES.indexOf(each)}`;
  const [ends, failures, hooks, begun] = [
    place.ends.length,
    site.failures.length,
    site.hooksRun().length,
    fleet.begun(),
  ];
  await stand.store.createFlag({ ...plainFlag('kill', flag), percent: 1 }, { by: 'the kill tests' });
  fleet.clear();
  site.before = before.entry;
  site.wrongFrom =
    { canary_back: 60, canary_steps_back: 60, blue_green_back: 100, features_back: 0 }[course as string] ?? Infinity;

  place.prepare(worker && { signal: 'SIGKILL', ...worker });
  if (command !== undefined) fleet.prepare(command.instance, command.accident);
  if (hook !== undefined) site.prepareHook(hook, 'worker-dies');
  const strategy = course === 'canary_steps_back' ? { rollback: 'progressive' } : {};
  const file = course.startsWith('features') ? site.describeFeature(flag) : site.describe(to, { flag, strategy });
  const document = await place.ended(await place.deploy(file));

  const happened = () => {
    if (hook !== undefined) return site.hookHappened(hook);
    return command === undefined ? place.accidentHappened : fleet.happened(command.instance, command.accident);
  };
  await until('the accident', 10_000, () => happened() && place.ends.length > ends).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; it ended as ${JSON.stringify(document)}`);
  });
  const events = await stand.store.events({ generation: document.generation });
  const { enabled, percent } = (await stand.store.flag({ environment: 'kill', key: flag }))!;
  return {
    ends: place.ends.slice(ends),
    document,
    before,
    to,
    routed: await site.routed(),
    versions: await site.versions(),
    listed: site.listed(),
    begun: Object.fromEntries([...fleet.begun()].filter(([key]) => !begun.has(key))),
    hooks: {
      run: site.hooksRun().slice(hooks),
      recorded: events.flatMap(({ type, reason = '' }) => (type === 'hook_done' ? [reason.split(' ')[0]!] : [])),
    },
    flag: {
      enabled,
      percent,
      events: (await stand.store.flagEvents({ environment: 'kill', key: flag }, 20)).length - 1,
    },
    failures: site.failures.slice(failures),
  };
}

const of = (...courses: Case['course'][]) => CASES.filter(({ course }) => courses.includes(course));

/** Whatever befalls it, and however it ends. */
async function resultOf(each: Case, hooks: string[]): Promise<Result> {
  const result = await results.get(each)!.promise;
  expect(result.ends).toEqual([expect.stringContaining('SIGKILL')]);
  expect(result.failures).toEqual([]);
  expect(result.versions).toEqual(result.listed);
  expect([...result.hooks.recorded].sort()).toEqual([...hooks].sort());
  // At least once, and what is repeated is the same run.
  const runs = [...new Set(result.hooks.run)].map((run) => run.split(' ')[1]);
  expect(runs.sort()).toEqual([...hooks].sort());
  if (each.worker?.activity !== 'runHook' && each.hook === undefined)
    expect(result.hooks.run).toHaveLength(hooks.length);
  const isLostInIt = /changeInstance|restoreInstance/.test(each.worker?.activity ?? '') || each.command !== undefined;
  for (const times of Object.values(result.begun)) expect(times).toBeLessThanOrEqual(isLostInIt ? 2 : 1);
  return result;
}

/** Who of a fleet was changed by which generation. */
function changed({ begun }: Result): string[] {
  return Object.keys(begun).sort();
}

describe('a worker is killed in a canary', () => {
  const names = ['web-01', 'web-02', 'web-03'];
  const steady = { web_stable: names, web_canary: [] };

  it.each(of('canary'))(
    '$title: the release has all requests',
    async (each) => {
      const result = await resultOf(each, ['smoke', 'post_deploy']);
      const { document, to, routed, versions, flag } = result;
      expect(document).toMatchObject({ status: 'succeeded', traffic_percent: 100, counts: { total: 3, succeeded: 3 } });
      expect(versions).toEqual([to, to, to]);
      expect(routed).toEqual(Array(2).fill({ entry: '0', ready: steady, versions: [to] }));
      expect(changed(result)).toEqual(names.map((name) => `${name} ${document.generation}`));
      expect(document.enabled_features).toEqual({ [Object.keys(document.enabled_features!)[0]!]: 50 });
      expect(flag).toEqual({ enabled: true, percent: 50, events: 1 });
    },
    PATIENCE_MS,
  );

  it.each(of('canary_back', 'canary_steps_back'))(
    '$title ($course): what was before has all requests',
    async (each) => {
      const result = await resultOf(each, ['smoke', 'pre_rollback', 'on_failure']);
      const { document, before, routed, versions, flag } = result;
      expect(document).toMatchObject({
        status: 'rolled_back',
        traffic_percent: 0,
        counts: { total: 3, rolled_back: 2, pending: 1 },
      });
      expect(versions).toEqual(before.versions);
      expect(routed).toEqual(Array(2).fill({ entry: '0', ready: steady, versions: [before.versions[0]] }));
      const generations = [document.generation, document.rollback_generation];
      expect(changed(result)).toEqual(
        ['web-01', 'web-02'].flatMap((name) => generations.map((each) => `${name} ${each}`)),
      );
      expect(flag).toEqual({ enabled: false, percent: 1, events: 0 });
    },
    PATIENCE_MS,
  );
});

describe('a worker is killed in a blue-green', () => {
  const ready = { web_blue: slotOf('web_blue'), web_green: slotOf('web_green') };
  const others = (entry: Routed['entry']) =>
    Object.values(backendsOf('blue_green')).find((each) => each !== (entry ?? 'web_blue'))!;
  const names = ['web-01', 'web-02', 'web-03', 'web-04'];

  it.each(of('blue_green'))(
    '$title: the other group has all requests',
    async (each) => {
      const result = await resultOf(each, ['smoke', 'post_deploy']);
      const { document, before, to, routed, versions, flag } = result;
      expect(document).toMatchObject({ status: 'succeeded', traffic_percent: 100, counts: { total: 4, succeeded: 2 } });
      const now = others(before.entry);
      expect(routed).toEqual(Array(2).fill({ entry: now, ready, versions: [to] }));
      expect(versions).toEqual(names.map((name, i) => (slotOf(now).includes(name) ? to : before.versions[i])));
      expect(changed(result)).toEqual(slotOf(now).map((name) => `${name} ${document.generation}`));
      expect(flag).toEqual({ enabled: true, percent: 50, events: 1 });
    },
    PATIENCE_MS,
  );

  it.each(of('blue_green_back'))(
    '$title, on its way back: the group that had them has all requests',
    async (each) => {
      const result = await resultOf(each, ['smoke', 'pre_rollback', 'on_failure']);
      const { document, before, to, routed, versions, flag } = result;
      expect(document).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
      const now = before.entry ?? 'web_blue';
      const live = before.versions[names.indexOf(slotOf(now)[0]!)];
      expect(routed).toEqual(Array(2).fill({ entry: now, ready, versions: [live] }));
      // It is only switched back: nobody touches an instance.
      expect(versions).toEqual(names.map((name, i) => (slotOf(others(now)).includes(name) ? to : before.versions[i])));
      expect(changed(result)).toEqual(slotOf(others(now)).map((name) => `${name} ${document.generation}`));
      expect(flag).toMatchObject({ enabled: false, percent: 1 });
    },
    PATIENCE_MS,
  );
});

describe('a worker is killed in a deployment of features', () => {
  it.each(of('features'))(
    '$title: the feature is on',
    async (each) => {
      const { document, flag } = await resultOf(each, []);
      expect(document).toMatchObject({ status: 'succeeded' });
      expect(Object.values(document.enabled_features!)).toEqual([80]);
      expect(flag).toMatchObject({ enabled: true, percent: 80 });
    },
    PATIENCE_MS,
  );

  it.each(of('features_back'))(
    '$title: the feature is as it was',
    async (each) => {
      const { document, flag } = await resultOf(each, []);
      expect(document).toMatchObject({ status: 'rolled_back' });
      expect(document.enabled_features ?? {}).toEqual({});
      expect(flag).toMatchObject({ enabled: false, percent: 1 });
    },
    PATIENCE_MS,
  );
});
