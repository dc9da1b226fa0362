import type { Versions } from '../../domain';
import type { InstanceMetrics, InventoryFilter, InventoryRow, PeoplesInventory, Sample } from '../inventory';
import { pathOf, type Caller } from './caller';
import { healthOf, labelsOf, versionsOf } from './read';
import { number, text, type Shape } from './shape';

const INSTANCES = '/inventory/instances';
const PAGE = 1_000;

/** The inventory of a Belay whose API is asked. */
export function createHttpInventory(caller: Caller): PeoplesInventory {
  const oneOf = (name: string) => `${INSTANCES}${pathOf(name)}`;
  const because = (reason: string | undefined) => ({ body: reason === undefined ? {} : { reason } });
  return {
    list: (filter) => listAll(caller, filter),
    show: (name) =>
      caller.get(oneOf(name), (answer) => ({
        instance: inventoryRowOf(answer),
        samples: answer.list('history').map(sampleOf),
      })),
    remove: (name, _by, reason) => caller.delete(oneOf(name), () => undefined, { reason }),
    exclude: (name, _by, reason) => caller.post(`${oneOf(name)}/exclude`, inventoryRowOf, because(reason)),
    include: (name) => caller.post(`${oneOf(name)}/include`, inventoryRowOf),
  };
}

/** Page after page, until there is no more or enough. */
async function listAll(caller: Caller, { labels = {}, health, limit = Infinity }: InventoryFilter) {
  const rows: InventoryRow[] = [];
  let after: string | undefined;
  do {
    const query = {
      label: Object.entries(labels).map(([label, value]) => `${label}=${value}`),
      status: health,
      after,
      limit: Math.min(PAGE, limit - rows.length),
    };
    const page = await caller.get(
      INSTANCES,
      (answer) => ({ rows: answer.list('instances').map(inventoryRowOf), ...answer.optional('next', 'next', text) }),
      query,
    );
    rows.push(...page.rows);
    after = page.next;
  } while (after !== undefined && rows.length < limit);
  return rows;
}

export function inventoryRowOf(answer: Shape): InventoryRow {
  return {
    name: answer.text('name'),
    ip: answer.text('ip'),
    ...answer.optional('port', 'port', number),
    labels: labelsOf(answer.of('labels')),
    health: healthOf(answer, 'status'),
    ...knownVersions(answer),
    generation: answer.number('generation'),
    ...answer.optional('reason', 'reason', text),
    seenAt: answer.date('last_seen'),
    silent: answer.flag('silent'),
    registeredAt: answer.date('registered_at'),
    ...answer.optional('excluded', 'excluded', (shape, key) => {
      const excluded = shape.of(key);
      return { at: excluded.date('at'), by: excluded.text('by'), ...excluded.optional('reason', 'reason', text) };
    }),
    ...answer.optional('desired', 'desired', (shape, key) => {
      const desired = shape.of(key);
      return {
        versions: versionsOf(desired),
        generation: desired.number('generation'),
        attempt: desired.number('attempt'),
      };
    }),
  };
}

function sampleOf(answer: Shape): Sample {
  return {
    at: answer.date('at'),
    health: healthOf(answer, 'status'),
    ...knownVersions(answer),
    generation: answer.number('generation'),
    metrics: answer.of('metrics').value as InstanceMetrics,
  };
}

/** Those that nobody has told are null. */
function knownVersions(answer: Shape): { versions?: Versions } {
  const { code } = answer.optional('code_version', 'code', text);
  return code === undefined ? {} : { versions: versionsOf(answer) };
}
