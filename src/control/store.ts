import type { ControlStore } from '../store/types';
import type { InventoryStore } from '../store/inventory-types';
import type { LookStore } from '../store/looks';
import type { ReconcileStore } from '../store/reconcile-types';
import type { WorkStore } from '../store/work-store';

/** What the control layer reads and writes by itself. */
export type DirectStore = ControlStore &
  Pick<WorkStore, 'requestedMembers'> &
  ReconcileStore &
  LookStore &
  Pick<InventoryStore, 'matching'>;
