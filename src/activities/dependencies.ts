import type { DriverSpec, FleetSource, Instance } from '../domain';
import type { PlannedFreeze } from '../domain/calendar/planned-freeze';
import type { MetricsSpec } from '../domain/analysis';
import type { HookSpec } from '../domain/hooks';
import type { Hook } from '../drivers/hook/hook';
import type { MetricsSource } from '../drivers/metrics/source';
import type { TargetDriver } from '../drivers/target/driver';
import type { TrafficSpec } from '../domain/traffic';
import type { TrafficDriver } from '../drivers/traffic/driver';
import type { ActStore } from '../store/acts';
import type { ControlStore } from '../store/types';
import type { DeployedFlagStore } from '../store/deployed-flag-types';
import type { FlagStore } from '../store/flag-types';
import type { LookStore } from '../store/looks';
import type { MeasurementStore } from '../store/measurements';
import type { ShiftStore } from '../store/shifts';
import type { WorkStore } from '../store/work-store';
import type { Deployments } from './deployments';
import type { FleetFiles } from './fleet-file';

/** Whether a workflow that has instances still runs; `runId` is the first of its chain of runs. */
export interface WorkflowStates {
  state(workflowId: string, runId: string): Promise<'running' | 'closed' | 'unknown'>;
}

type ActivityStore = ControlStore &
  WorkStore &
  LookStore &
  MeasurementStore &
  ShiftStore &
  ActStore &
  DeployedFlagStore &
  Pick<FlagStore, 'flags'>;

/** What a composition root gives to the activities. */
export interface ActivityDependencies {
  store: ActivityStore;
  drivers: (spec: DriverSpec, of: { environment: string; service: string }) => TargetDriver;
  /** What is in front of a fleet. */
  routers: (spec: TrafficSpec, of: { environment: string; service: string }) => TrafficDriver;
  /** Who measures a deployment's instances. */
  metrics: (spec: MetricsSpec, generation: number) => MetricsSource;
  /** Runs what the user has run in the course of a deployment. */
  hooks: (spec: HookSpec) => Hook;
  orchestrator: WorkflowStates;
  /** Lists a fleet as it is now; throws when it can't be read or understood. */
  readFleet: (fleet: FleetSource) => Promise<Instance[]>;
  /** Instances that report by themselves are looked at only when somebody asks. */
  looksWhenAsked?: boolean;
  /** Where Temporal's Web UI is, like `http://127.0.0.1:8233`; absent: nobody knows. */
  webUi?: string;
  now?: () => number;
  /** When deployments wait, as belay.yaml says; absent: never. */
  freezes?: PlannedFreeze[];
}

/** What every activity works with. */
export interface Tools extends Required<Omit<ActivityDependencies, 'webUi' | 'drivers' | 'routers'>> {
  webUi: string | undefined;
  deployments: Deployments;
  fleetFiles: FleetFiles;
}
