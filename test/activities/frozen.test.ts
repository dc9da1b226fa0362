import { existsSync } from 'node:fs';
import { HEALTH } from '../../src/domain';
import type { FreezeScope } from '../../src/domain/freeze';
import { OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();
const rigOf = (options: Partial<RigOptions> = {}) => new Rig(used.store, { folder: folder.path, ...options });
const freeze = (scope: FreezeScope) => used.store.freeze({ scope, by: 'bob', reason: 'audit', replace: false });
const scopeOf = ({ spec: { environment, service } }: Rig) => ({ environment, service });

describe('a begin where it is frozen', () => {
  it('is refused with who froze what, when, why, until when, and what to do; nobody is looked at', async () => {
    const rig = rigOf();
    await freeze(scopeOf(rig));
    const { service } = rig.spec;
    const answer = await rig.begin();
    expect(answer).toEqual({ kind: 'refused', message: expect.stringContaining(`test/${service} is frozen`) });
    expect((answer as { message: string }).message).toMatch(
      new RegExp(
        `bob froze test/${service} at .* UTC, until it is lifted: audit; lift it with \`belay unfreeze test/${service}\`, ` +
          `or deploy all the same with --override-freeze`,
      ),
    );
    expect(rig.driver.probes).toBe(0);
    expect(await used.store.latest('test', service)).toBeUndefined();
    expect(await rigOf({ fleet: rig.fleet }).begin()).toMatchObject({ kind: 'began' });
  });

  it('is refused when that happens while it looks at the fleet, and no snapshot file is written', async () => {
    const rig = rigOf();
    let froze: Promise<unknown> | undefined;
    rig.driver.onProbe = () => {
      froze ??= freeze(scopeOf(rig));
      return undefined;
    };
    const placed = () => froze;
    const store = { ...used.store };
    const takeSnapshot = store.takeSnapshot.bind(store);
    // The freeze is committed before the check that follows.
    store.takeSnapshot = async (...taken) => {
      await placed();
      return takeSnapshot(...taken);
    };
    const slow = new Rig(store, { folder: folder.path, service: rig.spec.service, driver: rig.driver });
    expect(await slow.begin()).toMatchObject({ kind: 'refused', message: expect.stringContaining('is frozen') });
    expect(existsSync(slow.snapshotFile)).toBe(false);
    expect(await rigOf({ fleet: slow.fleet }).begin()).toMatchObject({ kind: 'began' });
  });

  it('is refused when that happens at the very last moment', async () => {
    const store = { ...used.store };
    const rig = new Rig(store, { folder: folder.path });
    const createDeployment = store.createDeployment.bind(store);
    store.createDeployment = async (deployment) => {
      await freeze(scopeOf(rig));
      return createDeployment(deployment);
    };
    expect(await rig.begin()).toMatchObject({ kind: 'refused', message: expect.stringContaining('is frozen') });
    expect(await used.store.latest('test', rig.spec.service)).toBeUndefined();
    expect(await rigOf({ fleet: rig.fleet }).begin()).toMatchObject({ kind: 'began' });
  });

  it('answers as before when it is repeated: it began before the freeze', async () => {
    const rig = rigOf();
    const answer = await rig.began();
    await freeze(scopeOf(rig));
    expect(await rig.began()).toEqual(answer);
  });

  it('goes through for a reason, and for a way back', async () => {
    const forward = rigOf({ request: { overrideFreeze: 'the site is down' } });
    await freeze(scopeOf(forward));
    const { generation } = await forward.began();
    expect(await used.store.events({ generation })).toContainEqual(
      expect.objectContaining({
        type: 'freeze_overridden',
        by: 'ann',
        reason: expect.stringContaining('the site is down'),
      }),
    );
    const target = { versions: { ...OLD, codeVersion: '0.9.0' }, health: HEALTH.HEALTHY };
    const members = [{ ordinal: 0, name: 'a', labels: {}, versions: OLD, target }];
    const back = rigOf({ members, request: { kind: 'rollback' } });
    await freeze(scopeOf(back));
    expect(await back.begin()).toMatchObject({ kind: 'began', mode: 'rollback' });
  });
});
