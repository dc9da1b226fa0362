import type { FleetSource, Instance } from '../domain';
import { readInstances } from '../schemas/instances';
import type { InventoryStore } from '../store';

/** Lists fleets as they are now, wherever they are listed. */
export function fleetReader(store: Pick<InventoryStore, 'matching'>): (fleet: FleetSource) => Promise<Instance[]> {
  return async (fleet) => {
    switch (fleet.kind) {
      case 'file':
        return readInstances(fleet.path);
      case 'inventory':
        return store.matching(fleet.labels);
      case 'none':
        return [];
    }
  };
}
