import type { Artifacts } from '../control/artifacts';
import type { Control, FreezeRow, StartOrder } from '../control/control';
import type { Flags } from '../control/flags';
import type { PeoplesInventory } from '../control/inventory';
import type { PeoplesTokens } from '../control/tokens';
import type { Address } from '../domain/address';
import type { DeploymentSpec, FleetSource, Health, Instance, Member, Probe, Versions } from '../domain';
import type { PlannedFreeze } from '../domain/calendar/planned-freeze';
import type { FreezeScope } from '../domain/freeze';
import type { Foreseen, Plan, PlanInput, PlannedBehind } from '../domain/plan';
import type { HaproxyTrafficSpec, Routing } from '../domain/traffic';
import type { Interrupts } from './interrupts';
import type { Output } from './output';

/** A way to a running Belay; `hosted` when this very command started the stack. */
export interface Session {
  control: Control;
  inventory: PeoplesInventory;
  tokens: PeoplesTokens;
  flags: Flags;
  hosted: boolean;
  /** How often progress is asked for; absent: as often as of a server at hand. */
  pollMs?: number;
  /** Lets go of it, and stops a hosted stack. */
  close(): Promise<void>;
}

/** When a stack is started where none runs and none is configured: `if_used`, where there was one before. */
export type Hosting = 'always' | 'if_used';

/** What Belay last knew of instances. */
export type Recorded = Map<string, { versions?: Versions; health: Health }>;

/** What a plan says of the deployments that were before. */
export type Earlier = Pick<PlanInput, 'known' | 'inFlight'>;

/** The verbs that are about this machine rather than about deployments. */
export interface MachineVerbs {
  dev(
    options: { port?: number; uiPort?: number; apiPort?: number; config?: string; json: boolean },
    output: Output,
    interrupts: Interrupts,
  ): Promise<number>;
  /** `metrics`: where it tells Prometheus what it does; `config` is the path of a belay.yaml. */
  worker(options: { metrics?: Address; config?: string }, output: Output, interrupts: Interrupts): Promise<number>;
  /** `file`: an agent.yaml. */
  agent(options: { file: string }, output: Output, interrupts: Interrupts): Promise<number>;
  /** Serves the API; `config` is the path of a belay.yaml. */
  api(options: { port?: number; config?: string }, output: Output, interrupts: Interrupts): Promise<number>;
  setup(output: Output): Promise<void>;
  doctor(): Promise<Check[]>;
}

/** One thing that `doctor` looked at, and what to do when it isn't well. */
export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  detail: string;
  remedy?: string;
}

/** All that the verbs need from outside; client.ts puts it together. */
export interface CliContext {
  output: Output;
  interrupts: Interrupts;
  /** What relative paths count from. */
  directory: string;
  actor: string;
  version: string;
  /** Whether unexpected errors are printed with all their details. */
  debug: boolean;
  /** The error to tell in place of this one: where a server is at fault, an Unreachable. */
  explain(error: unknown): unknown;
  /** Finds a way to a running Belay; an Unreachable where there is none and none is to be started. */
  connect(options: { host: Hosting; say: (text: string) => void }): Promise<Session>;
  /** The instances of a fleet, as they are listed now. */
  listFleet(fleet: FleetSource): Promise<Instance[]>;
  /** Looks at each member once, from this process. */
  probe(spec: DeploymentSpec, members: Member[]): Promise<Map<string, Probe>>;
  /** Why a worker on this machine would refuse it, if it would. */
  lacking(spec: DeploymentSpec): Promise<string | undefined>;
  /** What of metrics, routers and flags would keep it from beginning, as far as can be told from here. */
  foresee(spec: DeploymentSpec, members: Member[], inFlight?: PlannedBehind): Promise<Foreseen>;
  /** What a running Belay last recorded; empty when there is none. Never starts anything. */
  recorded(fleet: string, names: string[]): Promise<Recorded>;
  /** The freezes that bind a service, as a running Belay knows them; none when there is none. Never starts anything. */
  frozen(scope: FreezeScope): Promise<FreezeRow[]>;
  /** The freezes of the belay.yaml that BELAY_CONFIG names; none without one. */
  plannedFreezes(): Promise<PlannedFreeze[]>;
  /** What a running Belay knows of a service's changes by such a driver; nothing when there is none. Never starts anything. */
  earlier(service: { environment: string; service: string }, driver: string): Promise<Earlier>;
  /** The API that everything goes through, if it does; it makes the plans, too. */
  remote?: { url: string; plan(order: Pick<StartOrder, 'spec' | 'overrideFreeze'>): Promise<Plan> };
  /** What people do with artifacts; no server is needed for it. */
  artifacts(): Promise<Artifacts>;
  /** The lines that a HAProxy must have for a service. */
  haproxyLines(
    spec: Pick<HaproxyTrafficSpec, 'map' | 'backends'>,
    strategy: DeploymentSpec['strategy']['kind'],
    routing: Routing,
    place: { environment: string; service: string },
  ): string;
  machine: MachineVerbs;
}
