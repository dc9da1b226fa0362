import fc from 'fast-check';
import { HEALTH, sizeOf, type Health, type Instance, type Probe, type Size } from '../../../src/domain';
import { buildPlan, orderMembers, planDifferences, planText } from '../../../src/domain/plan';
import { instance, planSpec, running } from '../../support/plan';

const size: fc.Arbitrary<Size> = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map((count) => ({ kind: 'count' as const, count })),
  fc.integer({ min: 1, max: 100 }).map((percent) => ({ kind: 'percent' as const, percent })),
);

const fleet: fc.Arbitrary<{ instance: Instance; reachable: boolean }[]> = fc
  .array(
    fc.record({
      version: fc.constantFrom('1.3.0', '1.4.0', '1.5.0', undefined),
      health: fc.constantFrom<Health>(...Object.values(HEALTH)),
      reachable: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((found) =>
    found.map(({ version, health, reachable }, i) => ({
      instance: { ...instance(`i-${i}`, { health }), ...(version === undefined ? {} : { versions: running(version) }) },
      reachable,
    })),
  );

const input = fc.record({
  fleet,
  sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
  unreachable: fc.constantFrom('refuse' as const, 'exclude' as const, 'include' as const),
  force: fc.boolean(),
  first: fc.integer({ min: 0, max: 3 }),
});

it('every member is in exactly one place, and batches have their sizes', () => {
  fc.assert(
    fc.property(input, ({ fleet: found, sizes, unreachable, force, first }) => {
      const instances = found.map((each) => each.instance);
      const firstNames = instances.slice(-first || instances.length).map(({ name }) => name);
      const spec = planSpec({
        unreachable,
        force,
        selection: { only: [], exclude: [], first: firstNames },
        strategy: { kind: 'rolling', batching: { kind: 'batches', sizes, pauseBetweenMs: 0 }, bakeMs: 0 },
      });
      const away = found.filter(({ reachable }) => !reachable);
      const probes = new Map<string, Probe>(
        away.map((each) => [each.instance.name, { kind: 'unreachable', reason: 'away' }]),
      );
      const plan = buildPlan({ spec, members: orderMembers(spec, instances), probes });

      const batches = plan.steps.flatMap((step) => (step.kind === 'update' ? [step.instances] : []));
      const leftOut = plan.unreachable.filter(({ becomes }) => becomes === 'left out').map((each) => each.instance_id);
      const placed = [...batches.flat(), ...plan.unchanged, ...leftOut];
      expect(placed.sort()).toEqual(instances.map(({ name }) => name).sort());
      expect(plan.changes.flatMap((change) => change.instances).sort()).toEqual(batches.flat().sort());
      expect(plan.fleet.targeted).toBe(instances.length - leftOut.length);

      for (const [i, batch] of batches.entries()) {
        const wanted = sizeOf(sizes[Math.min(i, sizes.length - 1)] as Size, plan.fleet.targeted);
        if (i < batches.length - 1) expect(batch).toHaveLength(wanted);
        else expect(batch.length).toBeLessThanOrEqual(wanted);
        expect(batch.length).toBeGreaterThan(0);
      }

      const healthy = (name: string) => {
        const each = found.find((one) => one.instance.name === name);
        return each?.reachable === true && each.instance.health === HEALTH.HEALTHY;
      };
      const order = batches.flat().map(healthy);
      expect(order).toEqual([...order].sort((a, b) => Number(a) - Number(b)));

      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      expect(planDifferences(plan, plan)).toEqual([]);
      expect(planText(plan)).not.toMatch(/undefined|NaN|\[object/);
    }),
  );
});
