import { failureOf } from '../../src/activities/failure';
import { InputError } from '../../src/domain/errors';
import { DriverRefusal } from '../../src/drivers/target/driver';
import { StoreUnreachable } from '../../src/store';
import { useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig } from './harness';

const used = useStore();
const folder = temporaryFolder();

describe('the small activities', () => {
  it('tell names and ordinals', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    const { generation } = await rig.began();
    expect(await rig.activities.names({ generation, from: 1 })).toEqual({ from: 1, names: ['b', 'c'] });
    expect(await rig.activities.ordinals({ generation, names: ['c', 'nobody', 'a'] })).toEqual([2, null, 0]);
  });

  it('write a log line once', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    const { generation } = await rig.began();
    const lines = [{ sequence: 0, type: 'pause', by: 'ann', reason: 'lunch' }];
    await rig.activities.log({ generation, lines });
    await rig.activities.takeStock({ generation, lines, sweep: false });
    const events = await used.store.events({ generation });
    expect(events.filter(({ type }) => type === 'pause')).toMatchObject([{ by: 'ann', reason: 'lunch' }]);
  });

  it('draw one generation for the way back', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    const { generation } = await rig.began();
    const drawn = await rig.drawGeneration();
    expect(drawn).toBeGreaterThan(generation);
    expect(await rig.drawGeneration()).toBe(drawn);
  });

  it('record progress until the end', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    const { document, generation } = await rig.began();
    await rig.activities.recordProgress({ document: { ...document, status: 'paused' } });
    expect(await used.store.deployment(generation)).toMatchObject({ status: 'paused' });
    await rig.activities.recordEnd({ document: { ...document, status: 'aborted', reason: 'aborted by ann' } });
    await rig.activities.recordProgress({ document });
    expect(await used.store.deployment(generation)).toMatchObject({ status: 'aborted' });
  });
});

describe('failureOf', () => {
  it.each([
    ['bad input', new InputError({ message: 'no' }), true],
    ['what the machine lacks', new DriverRefusal('no'), true],
    ['a lost database', new StoreUnreachable('no', []), false],
    ['a fault of ours', new TypeError('x is undefined'), false],
    ['something that is no error', 'no', false],
  ])('%s', (_, error, nonRetryable) => {
    expect(failureOf(error)).toMatchObject({ nonRetryable });
  });
});
