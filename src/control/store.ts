import type { ControlStore } from '../store/types';
import type { DeployedFlagStore } from '../store/deployed-flag-types';
import type { FlagStepStore } from '../store/flag-steps';
import type { HookRunStore } from '../store/hook-runs';
import type { InventoryStore } from '../store/inventory-types';
import type { MeasurementStore } from '../store/measurements';
import type { LookStore } from '../store/looks';
import type { ReconcileStore } from '../store/reconcile-types';
import type { ShiftStore } from '../store/shifts';
import type { WorkStore } from '../store/work-store';

/** What the control layer reads and writes by itself. */
export type DirectStore = ControlStore &
  Pick<WorkStore, 'requestedMembers'> &
  ReconcileStore &
  LookStore &
  Pick<MeasurementStore, 'measurements' | 'metricsHistory'> &
  Pick<ShiftStore, 'shifts'> &
  Pick<DeployedFlagStore, 'flagsToRestore'> &
  FlagStepStore &
  HookRunStore &
  Pick<InventoryStore, 'matching'>;
