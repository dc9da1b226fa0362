import { Agents, obey, type Behaviour } from '../support/agents';
import { simulatedOrder, uniqueService } from '../support/belay';
import { Stand, type Workplace } from './stand';
import { until } from './until';

/** The worker that drives instances that change themselves is killed: they go on, and the next one finds them so. */

const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const PATIENCE_MS = 240_000;

let stand: Stand;
const places: Workplace[] = [];
const fleets: Agents[] = [];
beforeAll(async () => {
  stand = await Stand.open();
}, 60_000);
afterAll(async () => {
  await Promise.all(fleets.map((fleet) => fleet.end()));
  await Promise.all(places.map((place) => place.close()));
  await stand.shut();
}, 60_000);

/** Three agents, of which the last doesn't like the release. */
async function fleetOf(prefix: string, course: 'forward' | 'back') {
  const fleet = new Agents(stand.store);
  fleets.push(fleet);
  const names = [1, 2, 3].map((each) => `${prefix}-${each}`);
  await fleet.add(names, OLD);
  const fails: Behaviour = (state, desired, name) =>
    desired.versions.codeVersion === NEW.codeVersion
      ? { ...state, generation: desired.generation, health: 3, reason: 'no' }
      : obey(state, desired, name);
  if (course === 'back') fleet.behaviours.set(names[2]!, fails);
  return { fleet, names };
}

it.concurrent.each([
  ['before it tells anybody anything', 'before', 1, 'forward'],
  ['when the first have ended, before that is known', 'after', 1, 'forward'],
  ['before it takes up those that go on', 'before', 2, 'forward'],
  ['when all have ended, before that is known', 'after', 2, 'forward'],
  ['before it takes anybody back', 'before', 3, 'back'],
  ['when somebody is back, before that is known', 'after', 3, 'back'],
] as const)(
  '%s (%s %i, %s)',
  async (_, when, nth, course) => {
    const place = stand.workplace();
    places.push(place);
    const { fleet, names } = await fleetOf(`${course}-${when}-${nth}`, course);
    await place.work();
    place.prepare({ signal: 'SIGKILL', activity: 'driveInstances', when, nth });
    const order = simulatedOrder(stand.folder, uniqueService(), [], { driver: { kind: 'agent' }, fleet: fleet.fleet });
    const started = await place.control.start({ ...order, instances: await stand.store.matching(fleet.fleet.labels) });
    const document = await place.ended(started);
    await until('the accident', 10_000, () => place.accidentHappened && place.ends.length > 0);
    expect(place.ends).toEqual([expect.stringContaining('SIGKILL')]);
    expect(document).toMatchObject(
      course === 'forward'
        ? { status: 'succeeded', counts: { succeeded: 3 } }
        : { status: 'rolled_back', counts: { rolled_back: 3 } },
    );
    for (const name of names) {
      expect(fleet.states.get(name)).toMatchObject({ versions: course === 'forward' ? NEW : OLD });
      // Nobody was told the same twice as something new.
      const told = (fleet.told.get(name) ?? []).map(({ generation, attempt }) => `${generation}.${attempt}`);
      expect(told).toEqual([...new Set(told)]);
      expect(told).toHaveLength(course === 'forward' ? 1 : 2);
    }
  },
  PATIENCE_MS,
);
