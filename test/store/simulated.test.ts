import { HEALTH } from '../../src/domain';
import { NEW, OLD, useStore } from './builders';

const used = useStore();
const state = { versions: NEW, health: HEALTH.HEALTHY, reachable: true, generation: 5 };

it('keeps what a simulated instance is like, but nothing of a lower generation', async () => {
  const { simulated } = used.store;
  expect(await simulated.read(1, 0)).toBeUndefined();
  expect(await simulated.write(1, 0, state)).toBe(true);
  expect(await simulated.write(1, 0, { ...state, healthyProbes: 2 })).toBe(true);
  expect(await simulated.write(1, 0, { ...state, versions: OLD, generation: 4 })).toBe(false);
  expect(await simulated.read(1, 0)).toEqual({ ...state, healthyProbes: 2 });
  expect(await simulated.read(1, 1)).toBeUndefined();
});
