import { missingFlags, refuseFlags } from '../../src/activities/flags';
import type { Tools } from '../../src/activities/dependencies';
import { Refusal } from '../../src/activities/refusal';
import type { DeploymentSpec } from '../../src/domain';
import { plainFlag } from '../../src/domain/flags';
import type { Request } from '../../src/store';
import { useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig, run, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();
let count = 0;

async function flag(): Promise<string> {
  const key = `f${++count}`;
  await used.store.createFlag(plainFlag('test', key), { by: 'eve' });
  return key;
}

const rig = (spec: Partial<DeploymentSpec>, more: Partial<RigOptions> = {}) =>
  new Rig(used.store, { folder: folder.path, spec, ...more });
const features = (...keys: string[]): Pick<DeploymentSpec, 'strategy'> => {
  const listed = keys.map((key) => ({ key, steps: [5, 100] }));
  return { strategy: { kind: 'feature_flags', features: listed, onViolation: 'feature' } };
};

/** What a begin would be refused for. */
async function refusal({ store, spec, orchestrated, generation }: Rig, kind: Request['kind'] = 'deploy') {
  const tools = { store, orchestrator: { state: async () => orchestrated } } as unknown as Tools;
  try {
    await refuseFlags(tools, { spec, kind } as Request, generation);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

describe('an act on flags', () => {
  it('sets them, says what is wrong in its answer, and puts them back', async () => {
    const key = await flag();
    const deployment = rig({});
    const { generation } = await deployment.began();
    const act = (number: number, feature: string) => {
      const flags = [{ feature, percent: 5 }];
      return run(deployment.activities.setFlags, { generation, number, act: { kind: 'set_flags', flags } });
    };
    expect(await act(1, key)).toEqual({});
    expect(await act(2, 'nothing')).toEqual({
      fault: 'there is no flag nothing in test; `belay flags create nothing --environment test` makes it',
    });
    expect(await used.store.flag({ environment: 'test', key })).toMatchObject({ enabled: true, percent: 5 });
    const back = { generation, number: 3, act: { kind: 'restore_flags' as const } };
    expect(await run(deployment.activities.setFlags, back)).toEqual({});
    expect(await run(deployment.activities.setFlags, back)).toEqual({});
    expect(await used.store.flag({ environment: 'test', key })).toMatchObject({ enabled: false, percent: 100 });
  });
});

describe('flags that a deployment names', () => {
  it('are told when they are not there, those of its features and of its release', async () => {
    const [a, b] = [await flag(), await flag()];
    const spec = (change: Partial<DeploymentSpec>) => rig(change).spec;
    expect(await missingFlags(used.store, spec({}))).toEqual([]);
    expect(await missingFlags(used.store, spec({ ...features(a), flags: { [b]: 25 } }))).toEqual([]);
    expect(await missingFlags(used.store, spec({ ...features(a, 'unknown'), flags: { [b]: 25, other: 100 } }))).toEqual(
      [
        'there is no flag unknown in test; `belay flags create unknown --environment test` makes it',
        'there is no flag other in test; `belay flags create other --environment test` makes it',
      ],
    );
    expect(await missingFlags(used.store, spec({ environment: 'elsewhere', flags: { [b]: 1 } }))).toHaveLength(1);
    expect((await refusal(rig({ flags: { nothing: 5 } })))?.message).toMatch(/^there is no flag nothing in test/);
  });

  it('are refused while another deployment is to set them, which is named', async () => {
    const [a, b] = [await flag(), await flag()];
    const one = rig({ flags: { [a]: 5, [b]: 5 } });
    await one.began();
    const other = rig(features(b, a));
    const refused = await refusal(other);
    expect(refused?.holder).toBe(`test/${one.spec.service}/${one.generation}`);
    expect(refused?.message).toMatch(/^the flags f\d+, f\d+ are being set already by test\/.*belay abort/);
    expect((await refusal(rig(features(a))))?.message).toMatch(/^the flag f\d+ is being set/);
    // What goes back is never refused, and an own flag isn't either.
    expect(await refusal(other, 'rollback')).toBeUndefined();
    expect(await refusal(one)).toBeUndefined();
    expect(await refusal(rig(features(await flag())))).toBeUndefined();
  });

  it('are those of whoever comes, once the workflow of the other is gone', async () => {
    const key = await flag();
    const lost = rig(features(key));
    await lost.began();
    const next = rig(features(key));
    next.orchestrated = 'closed';
    expect(await refusal(next)).toBeUndefined();
    expect(await used.store.deployment(lost.generation)).toMatchObject({ status: 'failed' });
  });
});
