import { Agents } from '../support/agents';
import { simulatedOrder, uniqueService } from '../support/belay';
import { Stand, type Workplace } from './stand';
import { until } from './until';

/** The worker that brings a newcomer to what a deployment left is killed: the next one finishes it, once. */

const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const PATIENCE_MS = 240_000;

let stand: Stand;
let place: Workplace;
const fleets: Agents[] = [];
beforeAll(async () => {
  stand = await Stand.open();
  place = stand.workplace();
  await place.work();
}, 60_000);
afterAll(async () => {
  await Promise.all(fleets.map((fleet) => fleet.end()));
  await place.close();
  await stand.shut();
}, 60_000);

it.each([
  ['before it is begun', 'begin', 'before'],
  ['before the newcomer is told', 'driveInstances', 'before'],
  ['when the newcomer is there, before that is known', 'driveInstances', 'after'],
  ['before its end is written', 'recordEnd', 'before'],
] as const)(
  '%s',
  async (_, activity, when) => {
    const fleet = new Agents(stand.store);
    fleets.push(fleet);
    const prefix = `${activity}-${when}`;
    await fleet.add([`${prefix}-1`, `${prefix}-2`], OLD);
    const order = simulatedOrder(stand.folder, uniqueService(), [], { driver: { kind: 'agent' }, fleet: fleet.fleet });
    const { snapshotFile: __, ...spec } = order.spec;
    const instances = await stand.store.matching(fleet.fleet.labels);
    expect(await place.ended(await place.control.start({ ...order, spec, instances }))).toMatchObject({
      status: 'succeeded',
    });
    place.prepare({ signal: 'SIGKILL', activity, when });
    const deaths = place.ends.length;
    const late = `${prefix}-late`;
    await fleet.add([late], OLD);
    // The worker sweeps by itself, too: whoever is first begins it.
    await place.control.sweep();
    const repairs = async () => {
      const rows = await stand.store.deployments({ service: spec.service, environment: spec.environment });
      return rows.filter(({ document }) => document.kind === 'reconcile');
    };
    const [repair] = await until('the repair', 60_000, async () => {
      const found = await repairs();
      return found.length > 0 && found;
    });
    const document = await place.ended({ id: prefix, generation: repair!.generation });
    await until('the accident', 10_000, () => place.accidentHappened && place.ends.length > deaths);
    expect(document).toMatchObject({ status: 'succeeded', counts: { total: 1, succeeded: 1 } });
    expect(fleet.states.get(late)).toMatchObject({ versions: NEW });
    expect(fleet.told.get(late)).toHaveLength(1);
    expect(await place.control.sweep()).toEqual([]);
    expect(await repairs()).toHaveLength(1);
  },
  PATIENCE_MS,
);
