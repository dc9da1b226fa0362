import type { Started } from '../../src/control/control';
import { Refused } from '../../src/control/errors';
import { CommandLine } from './command-line';
import { Fleet } from './fleet';
import { Stand, type Workplace } from './stand';
import { until } from './until';

const CROWD = 50;
/** Those of them that are processes of their own. */
const PROCESSES = 3;

let stand: Stand;
let place: Workplace;
let fleet: Fleet;

beforeAll(async () => {
  stand = await Stand.open();
  place = stand.workplace();
  [fleet] = await Promise.all([Fleet.up(2, stand.folder), place.work()]);
}, 60_000);

afterAll(async () => {
  await place.close();
  await fleet.down();
  await stand.shut();
}, 60_000);

/** The first instance's command waits, so that a deployment is in flight until it is let go. */
function holdUp(): void {
  fleet.clear();
  fleet.prepare('web-01', 'waits');
}

async function refusalOf(start: Promise<Started>): Promise<Refused> {
  const answer: unknown = await start.catch((error: unknown) => error);
  if (answer instanceof Refused) return answer;
  throw answer instanceof Error ? answer : new Error('it began');
}

it(`lets one of ${CROWD} concurrent deployments of a service begin, and names it to all others`, async () => {
  holdUp();
  const file = fleet.describe('crowded', '1.1.0');
  const processes = Array.from(
    { length: PROCESSES },
    () => new CommandLine(['deploy', '-f', file, '--no-wait', '--json'], place.environment),
  );
  const tries = Array.from({ length: CROWD - PROCESSES }, () => place.deploy(file));
  const answers = await Promise.allSettled(tries);
  const exits = await Promise.all(processes.map(({ exit }) => exit));

  const [winner, ...others] = await stand.store.deployments({ service: 'crowded' });
  expect(others).toEqual([]);
  const { id } = winner!;
  const began = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : []));
  const reasons = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason as Refused] : []));
  expect(reasons.filter((reason) => !(reason instanceof Refused))).toEqual([]);
  expect(new Set(reasons.map(({ holder }) => holder))).toEqual(new Set([id]));
  expect(exits.filter((exit) => exit !== 0 && exit !== 4)).toEqual([]);
  const refused = processes.filter((_, index) => exits[index] === 4);
  for (const { output } of refused) expect(output).toContain(id);
  expect(began.length + PROCESSES - refused.length).toBe(1);
  expect(reasons.length + refused.length).toBe(CROWD - 1);

  fleet.go('web-01');
  const document = await place.ended(winner!);
  expect(document.status).toBe('succeeded');
  const once = { generation: document.generation, version: '1.1.0' };
  expect(fleet.ledgers().map((entries) => entries.at(-1))).toEqual([once, once]);
}, 120_000);

it('refuses a service whose fleet overlaps, naming the one that has it; afterwards it can run', async () => {
  holdUp();
  const first = await place.deploy(fleet.describe('one', '1.0.0'));
  await until('the command', 30_000, () => fleet.happened('web-01', 'waits'));

  const file = fleet.describe('other', '1.1.0');
  const refused = await refusalOf(place.deploy(file));
  expect(refused.holder).toBe(first.id);
  expect(refused.message).toContain(first.id);
  const process = new CommandLine(['deploy', '-f', file], place.environment);
  expect(await process.exit).toBe(4);
  expect(process.output).toContain(first.id);

  fleet.go('web-01');
  expect((await place.ended(first)).status).toBe('succeeded');
  const second = await place.deploy(file);
  expect((await place.ended(second)).status).toBe('succeeded');
  const last = [first, second].map(({ generation }, index) => ({ generation, version: `1.${index}.0` }));
  expect(fleet.ledgers().map((entries) => entries.slice(-2))).toEqual([last, last]);
}, 120_000);
