import { HEALTH } from '../../../src/domain';
import { Agents } from '../../support/agents';
import { Belay } from '../../support/belay';
import { FOUR, NEW, OLD, SHARED, Site } from './site';

/** Instances are out of service while they are changed, with any strategy and driver: requests take a while, and none is cut. */
const ROLLING = '{ type: rolling, batches: [1, 50%] }';
const SLOWISH_MS = 60;

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

async function open(parts: Pick<Parameters<typeof Site.open>[1], 'backends' | 'strategy'>): Promise<Site> {
  const site = await Site.open(belay, { instances: FOUR, ...parts });
  sites.push(site);
  for (const version of [OLD, NEW]) site.fleet.slow(version, SLOWISH_MS);
  return site;
}

async function expectNobodyNoticed(site: Site, version: string): Promise<void> {
  await site.more(100);
  expect(site.failures).toEqual([]);
  expect(site.fleet.disturbed).toBe(0);
  expect(site.fleet.versions).toEqual([version, version, version, version]);
  expect(await site.serving('stable')).toEqual(Object.keys(FOUR));
}

it('by a rolling deployment, and by its rollback', async () => {
  const site = await open({ backends: { stable: { names: Object.keys(FOUR) } }, strategy: ROLLING });
  const { id } = await site.deploy(site.text(NEW, { more: '' }));
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  await expectNobodyNoticed(site, NEW);
  const undone = await site.rollBack(id);
  expect(await belay.ended(undone)).toMatchObject({ status: 'rolled_back' });
  await expectNobodyNoticed(site, OLD);
});

it('also from a HAProxy that is started again meanwhile', async () => {
  const site = await open({ backends: { stable: { names: Object.keys(FOUR) } }, strategy: ROLLING });
  const goOn = site.fleet.hold();
  const { id } = await site.deploy(site.text(NEW, { more: '' }));
  const without = { stable: ['web-02', 'web-03', 'web-04'] };
  await site.untilServing(site.router, without);
  await site.router.restart('gracefully');
  await site.untilServing(site.router, without);
  goOn();
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  await site.more(100);
  expect(site.failures).toEqual([]);
  expect(site.fleet.versions).toEqual([NEW, NEW, NEW, NEW]);
  expect(await site.serving('stable')).toEqual(Object.keys(FOUR));
});

it('by agents, which are told only once nothing is under way there', async () => {
  const site = await open({ backends: SHARED, strategy: '{ type: canary, batch_size: 50%, steps: [25, 50, 100] }' });
  const agents = new Agents(belay.store);
  const restarting = new Map<string, Promise<unknown>>();
  try {
    await agents.add(Object.keys(FOUR), { codeVersion: OLD, configurationVersion: '1' });
    for (const name of Object.keys(FOUR)) {
      agents.behaviours.set(name, (_, { generation, ...desired }) => {
        const live = site.fleet.named(name);
        const { codeVersion: code, configurationVersion: configuration } = desired.versions;
        if (live.ledger.at(-1)?.generation === generation) return { ...desired, generation, health: HEALTH.HEALTHY };
        const begun = restarting.get(`${name}/${generation}`) ?? live.update({ generation, code, configuration });
        restarting.set(`${name}/${generation}`, begun);
        return undefined;
      });
    }
    const labels = JSON.stringify({ labels: agents.fleet.labels });
    const text = (version: string) => site.text(version, { fleet: labels, driver: '{ type: agent }' });
    const { id } = await site.deploy(text(NEW));
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 4 }, driver: 'agent' });
    await expectNobodyNoticed(site, NEW);
    expect(await site.entries()).toEqual(['0']);

    site.fleet.slow('1.2.0', SLOWISH_MS);
    const next = await site.deploy(text('1.2.0'));
    await site.until(next.id, 50);
    expect(await site.rollBack(next.id)).toBe(next.id);
    expect(await belay.ended(next.id)).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
    await expectNobodyNoticed(site, NEW);
    expect(await site.serving('canary')).toEqual([]);
    expect(await site.entries()).toEqual(['0']);
  } finally {
    await agents.end();
    await Promise.all(restarting.values());
  }
});
