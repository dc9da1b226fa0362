import { nearest } from '../domain/names';
import type {
  Heartbeat,
  HeartbeatAnswer,
  InstanceScope,
  InventoryFilter,
  InventoryRow,
  InventoryStore,
  Registration,
  RegistrationAnswer,
  Sample,
} from '../store/inventory-types';
import { NotFound } from './errors';
export type {
  Heartbeat,
  HeartbeatAnswer,
  InstanceMetrics,
  InventoryFilter,
  InventoryRow,
  RegistrationScope,
  Sample,
} from '../store/inventory-types';

/** How many heartbeats are shown of one instance. */
const SHOWN = 120;
const COMPARED = 500;

/** What instances tell about themselves, and what people decide about them. */
export interface Inventory {
  register(registration: Registration): Promise<RegistrationAnswer>;
  hear(heartbeats: Heartbeat[]): Promise<HeartbeatAnswer[]>;
  /** The instance that has this secret; one that was deleted has none. */
  withSecret(secretHash: Buffer): Promise<string | undefined>;
  list(filter: InventoryFilter): Promise<InventoryRow[]>;
  /** One with its latest heartbeats, the newest first. NotFound, with what was perhaps meant. */
  show(name: string, within?: InstanceScope): Promise<{ instance: InventoryRow; samples: Sample[] }>;
  /** Whether there is one of that name, in that scope. */
  has(name: string, within: InstanceScope): Promise<boolean>;
  remove(name: string, by: string, reason?: string): Promise<void>;
  exclude(name: string, by: string, reason?: string): Promise<InventoryRow>;
  include(name: string, by: string): Promise<InventoryRow>;
  /** The highest generation that was drawn. */
  highestGeneration(): Promise<number>;
  /** All that are drawn from now on are higher than this, which an instance reports. False: that can't be true. */
  raiseGeneration(atLeast: number, instance: string): Promise<boolean>;
}

/** What people do with it. */
export type PeoplesInventory = Pick<Inventory, 'list' | 'show' | 'remove' | 'exclude' | 'include'>;

type Needed = Pick<
  InventoryStore,
  | 'register'
  | 'hear'
  | 'inventoryInstance'
  | 'instanceBySecret'
  | 'inventoryInstances'
  | 'samples'
  | 'removeFromInventory'
  | 'excludeFromFleets'
  | 'includeInFleets'
> &
  Pick<Inventory, 'highestGeneration' | 'raiseGeneration'>;

/** The inventory in a store of this very process. */
export function createInventory(store: Needed): Inventory {
  const found = async (
    name: string,
    row: InventoryRow | undefined,
    within: InstanceScope = {},
  ): Promise<InventoryRow> => {
    if (row !== undefined) return row;
    const names = (await store.inventoryInstances({ limit: COMPARED, within })).map((each) => each.name);
    const meant = nearest(name, names);
    const hints =
      meant === undefined ? ['`belay instances list` lists those that there are'] : [`did you mean ${meant}?`];
    throw new NotFound(`there is no instance ${name} in the inventory`, hints);
  };
  return {
    register: (registration) => store.register(registration),
    hear: (heartbeats) => store.hear(heartbeats),
    withSecret: (secretHash) => store.instanceBySecret(secretHash),
    list: (filter) => store.inventoryInstances(filter),
    has: async (name, within) => {
      const row = await store.inventoryInstance(name, within);
      return row !== undefined && row.deletedAt === undefined;
    },
    async show(name, within) {
      const row = await store.inventoryInstance(name, within);
      const instance = await found(name, row?.deletedAt === undefined ? row : undefined, within);
      return { instance, samples: await store.samples(name, SHOWN) };
    },
    async remove(name, by, reason) {
      if (!(await store.removeFromInventory(name, by, reason))) await found(name, undefined);
    },
    exclude: async (name, by, reason) => found(name, await store.excludeFromFleets(name, by, reason)),
    include: async (name, by) => found(name, await store.includeInFleets(name, by)),
    highestGeneration: () => store.highestGeneration(),
    raiseGeneration: (atLeast, instance) => store.raiseGeneration(atLeast, instance),
  };
}
