import { Belay } from '../../support/belay';
import { NEW, OLD, Site, SLOW_MS, type SiteParts } from './site';

/** Regions with a real HAProxy each, one after another, under load in all of them. */
const REGIONS = ['eu', 'us'];

let belay: Belay;
const sites: Site[] = [];
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
});
afterAll(async () => {
  await Promise.all(sites.map((site) => site.close()));
  await belay.shut();
});

async function open(parts: SiteParts): Promise<Site> {
  const site = await Site.open(belay, { ...parts, regions: REGIONS });
  sites.push(site);
  return site;
}

function serving(site: Site, group: string): Promise<string[][]> {
  return Promise.all(site.routers.map((router) => site.serving(group, router)));
}

async function expectNobodyNoticed(site: Site): Promise<void> {
  await site.more(150);
  expect(site.failures).toEqual([]);
  expect(site.fleet.disturbed).toBe(0);
}

describe('a canary', () => {
  const INSTANCES = {
    ...{ 'eu-01': { region: 'eu' }, 'eu-02': { region: 'eu' } },
    ...{ 'us-01': { region: 'us' }, 'us-02': { region: 'us' } },
  };
  const names = Object.keys(INSTANCES);
  const STEPS = '[{ type: traffic, weight: 50 }, { type: analyze, for: 1s }, { type: traffic, weight: 100 }]';
  const STRATEGY = `{ type: canary, batch_size: 50%, steps: ${STEPS} }`;
  let site: Site;
  beforeAll(async () => {
    const backends: SiteParts['backends'] = { stable: { names }, canary: { names, disabled: true } };
    site = await open({ instances: INSTANCES, backends, strategy: STRATEGY });
  });
  beforeEach(() => [NEW, '1.2.0'].forEach((version) => site.fleet.slow(version, 0)));
  const text = (version: string, strategy = STRATEGY) => site.text(version, { strategy });

  async function expectSettled(version: string): Promise<void> {
    expect(await site.entries()).toEqual(['0', '0']);
    expect(await serving(site, 'stable')).toEqual([names.slice(0, 2), names.slice(2)]);
    expect(await serving(site, 'canary')).toEqual([[], []]);
    expect(site.fleet.versions).toEqual([version, version, version, version]);
    await expectNobodyNoticed(site);
  }

  it('has the requests of one region before it begins in the next', async () => {
    const { id } = await site.deploy(text(NEW));
    await belay.until(id, ({ step }) => step.summary.startsWith('us: '));
    expect((await site.entries())[0]).toBe('0');
    expect((await serving(site, 'stable'))[0]).toEqual(['eu-01', 'eu-02']);
    expect(site.fleet.versions.slice(0, 2)).toEqual([NEW, NEW]);
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 4 } });
    await expectSettled(NEW);
  });

  it('is taken back from all regions when it gets slow in the last', async () => {
    const { id } = await site.deploy(text('1.2.0'));
    await belay.until(id, ({ step }) => step.summary.startsWith('us: watching'));
    site.fleet.slow('1.2.0', SLOW_MS);
    expect(await belay.ended(id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 3 } });
    await expectSettled(NEW);
  });

  it('is taken back by a rollback of its own where it was aborted in the last', async () => {
    const { id } = await site.deploy(
      text('1.2.0', STRATEGY.replace('{ type: analyze, for: 1s }', '{ type: approve }')),
    );
    await site.awaiting(id);
    await site.say(id, 'approve');
    await belay.until(id, ({ status, step }) => status === 'awaiting_approval' && step.summary.startsWith('us: '));
    await site.say(id, 'abort');
    await belay.ended(id);
    expect(await site.entries()).toEqual(['0', '50']);
    expect(await belay.ended(await site.rollBack(id))).toMatchObject({ status: 'rolled_back' });
    await expectSettled(NEW);
  });

  it('finds a region whose HAProxy has no server for one of its instances, before anything is touched', async () => {
    const wrong = { eu: 'us', us: 'eu' };
    site.write(
      'wrong.json',
      JSON.stringify(site.fleet.rows.map((row) => ({ ...row, labels: { region: wrong[row.labels.region as 'eu'] } }))),
    );
    const spec = site.text(OLD, { fleet: '{ file: wrong.json }' });
    await expect(site.deploy(spec)).rejects.toThrow(/eu: .*us-01/);
    await expectSettled(NEW);
  });
});

it('blue-green switches one region after another, and all of them back without touching an instance', async () => {
  const instances = {
    ...{ 'eu-b': { region: 'eu', slot: 'blue' }, 'eu-g': { region: 'eu', slot: 'green' } },
    ...{ 'us-b': { region: 'us', slot: 'blue' }, 'us-g': { region: 'us', slot: 'green' } },
  };
  const backends = { blue: { names: ['eu-b', 'us-b'] }, green: { names: ['eu-g', 'us-g'] } };
  const strategy = '{ type: blue_green, watch_after_switch: 1s, keep_for: 1s }';
  const site = await open({ instances, backends, strategy });
  const { id } = await site.deploy(site.text(NEW));
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  expect(await site.entries()).toEqual(['web_green', 'web_green']);
  expect(site.fleet.versions).toEqual([OLD, NEW, OLD, NEW]);
  await expectNobodyNoticed(site);
  // Green serves in both; the next one is kept until somebody takes it back.
  const next = site.text('1.2.0', { strategy: strategy.replace('keep_for: 1s', 'keep_for: 10m') });
  const { id: second } = await site.deploy(next);
  await belay.until(second, ({ step }) => step.summary.startsWith('eu: keeps'));
  await site.say(second, 'promote');
  await belay.until(second, ({ step }) => step.summary.startsWith('us: keeps'));
  expect(await site.entries()).toEqual(['web_blue', 'web_blue']);
  expect(await site.rollBack(second)).toBe(second);
  expect(await belay.ended(second)).toMatchObject({ status: 'rolled_back' });
  expect(await site.entries()).toEqual(['web_green', 'web_green']);
  // Nobody was touched for that: blue still has the release.
  expect(site.fleet.versions).toEqual(['1.2.0', NEW, '1.2.0', NEW]);
  await expectNobodyNoticed(site);
  const undone = await site.rollBack(id).catch((error: Error) => error.message);
  expect(undone).toContain('is not the latest');
});
