import type { Split } from '../../../src/domain/traffic';
import type { RoutedInstance, TrafficDriver } from '../../../src/drivers/traffic/driver';
import { NEVER, NOWHERE } from './fixtures';

/** What a driver is tried with: its router has these groups, and this instance. */
export interface Tried {
  driver: TrafficDriver;
  splits: [Split, Split];
  instance: RoutedInstance;
  groups: string[];
}

/** What every driver keeps, whatever router it drives. */
export function keepsTheContract(tried: () => Tried): void {
  const need = () => {
    const { groups, instance } = tried();
    return { groups, instances: [{ ...instance, groups }], routing: NOWHERE };
  };

  it('finds nothing wrong with a need that it can meet', async () => {
    expect(await tried().driver.refusal(need(), NEVER)).toBeUndefined();
  });

  it('reads back what it set, however often it sets it', async () => {
    const { driver, splits } = tried();
    for (const split of [splits[0], splits[1], splits[1], splits[0]]) {
      await driver.shift(split, NOWHERE, NEVER);
      expect(await driver.read(NEVER)).toEqual(split);
    }
  });

  it('takes an instance out and puts it back, however often it is told to', async () => {
    const { driver, instance, groups } = tried();
    for (let again = 0; again < 2; again++) {
      await driver.drain(instance, NEVER);
      await driver.drain(instance, NEVER);
      await driver.admit(instance, groups.slice(0, 1), NEVER);
      await driver.admit(instance, groups.slice(0, 1), NEVER);
    }
  });

  it('throws the reason of whoever aborts it', async () => {
    const { driver, splits, instance, groups } = tried();
    const why = new Error('over');
    const stopped = AbortSignal.abort(why);
    await expect(driver.refusal(need(), stopped)).rejects.toBe(why);
    await expect(driver.read(stopped)).rejects.toBe(why);
    await expect(driver.shift(splits[0], NOWHERE, stopped)).rejects.toBe(why);
    await expect(driver.drain(instance, stopped)).rejects.toBe(why);
    await expect(driver.admit(instance, groups, stopped)).rejects.toBe(why);
  });
}
