import { parseDeploymentName } from '../../../src/control/name';
import { Belay } from '../../support/belay';
import { FOUR, NEW, OLD, SHARED, Site, SLOW_MS } from './site';

/** Canaries that are taken back, behind a real HAProxy and under load: by what is measured, and by a person. */
const STRATEGY = '{ type: canary, batch_size: 50%, sticky: { type: cookie, name: uid } }';

let belay: Belay;
let site: Site;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  site = await Site.open(belay, { instances: FOUR, backends: SHARED, strategy: STRATEGY });
});
afterAll(async () => {
  await site?.close();
  await belay.shut();
});
beforeEach(() => site.fleet.slow(NEW, 0));

/** All is as it was, and nobody noticed. */
async function expectAsBefore(): Promise<void> {
  expect(await site.entries()).toEqual(['0']);
  expect(await site.serving('stable')).toEqual(Object.keys(FOUR));
  expect(await site.serving('canary')).toEqual([]);
  expect(site.fleet.versions).toEqual([OLD, OLD, OLD, OLD]);
  await site.more(200);
  expect(site.failures).toEqual([]);
  expect(site.fleet.disturbed).toBe(0);
}

/** The shares that the release had, one after another. */
async function sharesOf(id: string): Promise<number[]> {
  const { exposure } = await belay.control.show(parseDeploymentName(id));
  return exposure.traffic_history.map(({ traffic_percent }) => traffic_percent);
}

it.each([25, 75])('takes it back from %s%% when it gets slow, and no request fails', async (weight) => {
  const { id } = await site.deploy(site.text(NEW));
  await site.until(id, weight);
  site.fleet.slow(NEW, SLOW_MS);
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    rollback_count: 1,
    traffic_percent: 0,
    reason: expect.stringMatching(/^mean response time is \S+ ms .*above 250 ms \(violation 2 of 2 in a row\)$/),
  });
  const { events, exposure } = await belay.control.show(parseDeploymentName(id));
  const violation = events.filter(({ type }) => type === 'violation').at(-1)!;
  const last = exposure.traffic_history.at(-1)!;
  const confirmed = Date.parse(last.at) + last.confirmed_ms! - Date.parse(violation.at as never);
  const came = Math.max(0, Math.round(site.fleet.lastCame(NEW) - Date.parse(violation.at as never)));
  console.log(
    `from the violation at ${weight}% until no request goes to the release: ${confirmed} ms by what HAProxy confirmed, ${came} ms by the last one that came`,
  );
  expect(last.traffic_percent).toBe(0);
  await expectAsBefore();
});

it('takes it back by the verb', async () => {
  const { id } = await site.deploy(site.text(NEW));
  await site.until(id, 50);
  expect(await site.rollBack(id)).toBe(id);
  expect(await belay.ended(id)).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
  await expectAsBefore();
});

it('takes it back step by step', async () => {
  const strategy = STRATEGY.replace(' }', ' }, rollback: progressive');
  const { id } = await site.deploy(site.text(NEW, { strategy }));
  await site.until(id, 50);
  site.fleet.slow(NEW, SLOW_MS);
  expect(await belay.ended(id)).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
  expect(await sharesOf(id)).toEqual([10, 25, 50, 25, 10, 0]);
  await expectAsBefore();
});

it('leaves requests where they are when it is aborted, and a rollback takes them away', async () => {
  const { id } = await site.deploy(site.text(NEW));
  await site.until(id, 50);
  await site.say(id, 'abort');
  expect(await belay.ended(id)).toMatchObject({ status: 'aborted', traffic_percent: 50 });
  expect(await site.entries()).toEqual(['50']);
  await site.more(200);
  expect(site.fleet.versions.filter((version) => version === NEW)).toHaveLength(2);

  const { environment, service } = site.place;
  await expect(site.deploy(site.text('1.2.0'))).rejects.toThrow(
    `requests are split already (stable 50%, canary 50%); \`belay rollback ${environment}/${service}\` takes back what an earlier deployment left`,
  );

  const goOn = site.fleet.hold();
  const undone = await site.rollBack(id);
  expect(undone).not.toBe(id);
  await site.until(undone, 0);
  // Before any of them is restored.
  await site.more(50);
  const before = site.fleet.requestsOf(NEW);
  await site.more(200);
  expect(site.fleet.requestsOf(NEW)).toBe(before);
  goOn();
  expect(await belay.ended(undone)).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
  await expectAsBefore();
});

it('rolls one back that has ended well, and no request fails', async () => {
  const { id } = await site.deploy(
    site.text(NEW, { strategy: '{ type: canary, batch_size: 100%, steps: [50, 100] }' }),
  );
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  expect(await belay.ended(await site.rollBack(id))).toMatchObject({ status: 'rolled_back' });
  await expectAsBefore();
});
