import { createHash, randomUUID } from 'node:crypto';
import { HEALTH } from '../../src/domain';
import type { AnalysisSpec } from '../../src/domain/analysis';
import type { GroupsSpec } from '../../src/domain/spec';
import { NEW, OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig, run } from './harness';

const used = useStore();
const folder = temporaryFolder();

const GROUPS: GroupsSpec = { by: 'region', order: ['eu', 'us', 'asia'], bakeMs: 0, approve: false };
const ANALYSIS: AnalysisSpec = {
  source: { kind: 'agent' },
  durationMs: 1,
  intervalMs: 1,
  violations: 1,
  count: 'total',
  onNoData: 'pause',
  onInconclusive: 'pause',
  checks: [{ name: 'CPU usage', quantity: { kind: 'metric', metric: 'cpu', statistic: 'mean' }, max: 0.5 }],
  baseline: { minSamples: 1, minEffect: 0.2, significance: 0.05 },
};

/** Well in eu, badly in us, nobody yet in asia, and one in a region that no group names. */
const FLEET = [
  { region: 'eu', versions: NEW, cpu: 0.1 },
  { region: 'eu', versions: OLD, cpu: 0.3 },
  { region: 'us', versions: NEW, cpu: 0.9 },
  { region: 'us', versions: OLD, cpu: 0.4 },
  { region: 'asia', versions: OLD, cpu: 0.2 },
  { region: 'moon', versions: NEW, cpu: 0.2 },
];

/** What agents have told is measured of a group. */
async function measuredIn(fleetGroup: string | undefined, compare = false) {
  const members = FLEET.map(({ region }, ordinal) => {
    return { ordinal, name: `${region}-${randomUUID()}`, labels: { region }, versions: OLD };
  });
  const rig = new Rig(used.store, { folder: folder.path, members, spec: { groups: GROUPS, analysis: ANALYSIS } });
  await rig.began();
  for (const [ordinal, { versions, cpu }] of FLEET.entries()) {
    const { name, labels } = members[ordinal]!;
    const secretHash = createHash('sha256').update(name).digest();
    await used.store.register({ name, ip: '10.0.0.1', labels, secretHash, unknownAfterMs: 60_000 });
    await used.store.hear([{ name, secretHash, health: HEALTH.HEALTHY, versions, metrics: { cpu } }]);
  }
  const window = { from: Date.now() - 60_000, until: Date.now() + 60_000 };
  const { generation } = rig;
  await run(rig.activities.measure, { generation, number: 0, ...window, compare, ...(fleetGroup && { fleetGroup }) });
  return (await used.store.measurement(generation, 0))!;
}

it.each<[string, string | undefined, string, string]>([
  ['the group under way alone, which is well', 'eu', 'pass', 'CPU usage is 10% (of 1 sample)'],
  ['another alone, which is not', 'us', 'fail', 'CPU usage is 90% (of 1 sample)'],
  ['one where nobody runs the release, whoever does elsewhere', 'asia', 'no_data', 'no heartbeat of 1.1.0 told cpu'],
  ['those that no group names, together', 'others', 'pass', 'CPU usage is 20% (of 1 sample)'],
  ['all of them, where there is no group', undefined, 'pass', 'CPU usage is 40% (of 3 samples)'],
])('measures %s', async (_, group, kind, text) => {
  expect(await measuredIn(group)).toMatchObject({ kind, text: expect.stringContaining(text) });
});

it('compares with what ran before in the same group', async () => {
  const { findings } = await measuredIn('us', true);
  expect(findings).toMatchObject([{ value: 0.9 }, { value: 0.9, before: 0.4 }]);
});
