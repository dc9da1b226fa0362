import { asyncLocalStorage } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createActivities } from '../../src/activities';
import type { Activities, Began, Driven, DriveInput, Refused } from '../../src/activities/types';
import type { DeploymentSpec, Instance } from '../../src/domain';
import type { TrafficSpec } from '../../src/domain/traffic';
import type { PlannedFreeze } from '../../src/domain/calendar/planned-freeze';
import type { BulkDriver } from '../../src/drivers/target/driver';
import { createHook } from '../../src/drivers/hook/create';
import type { MetricsSource } from '../../src/drivers/metrics/source';
import { metricsOn } from '../../src/measuring';
import type { Request, RequestedMember, Store } from '../../src/store';
import type { TrafficDriver } from '../../src/drivers/traffic/driver';
import { NopDriver } from '../../src/drivers/traffic/nop';
import { OLD, requested, spec as plainSpec } from '../store/builders';
import { ScriptedDriver } from '../support/scripted-driver';

export interface RigOptions {
  names?: string[];
  /** As the file lists them. */
  members?: RequestedMember[];
  spec?: Partial<DeploymentSpec>;
  request?: Partial<Pick<Request, 'kind' | 'expected' | 'rollbackOf' | 'note' | 'overrideFreeze'>>;
  folder: string;
  driver?: ScriptedDriver;
  /** In its place: instances that change themselves. */
  bulk?: BulkDriver;
  /** The fleet's file; a name of its own, unless a test shares it. */
  fleet?: string;
  service?: string;
  /** The worker's variables, as hooks see them; absent: none. */
  environment?: NodeJS.ProcessEnv;
  /** In place of heartbeats. */
  metrics?: MetricsSource;
  /** What is in front of the fleet. */
  routers?: TrafficDriver;
  /** The same, where groups have routers of their own. */
  routersOf?: (traffic: TrafficSpec) => TrafficDriver;
  /** As its belay.yaml says; absent: none. */
  freezes?: PlannedFreeze[];
}

/** One service on a scripted fleet, whose activities run as they would in a worker. */
export class Rig {
  readonly driver: ScriptedDriver;
  readonly names: string[];
  readonly spec: DeploymentSpec;
  /** What Temporal says of other deployments' workflows. */
  orchestrated: 'running' | 'closed' | 'unknown' = 'running';
  listing: Instance[] | Error = [];
  activities: Activities;
  generation = 0;
  readonly runId = randomUUID();
  readonly workflowId: string;
  /** The fleet's file, and the snapshot's. */
  readonly fleet: string;
  readonly snapshotFile: string;

  constructor(
    readonly store: Store,
    private readonly options: RigOptions,
  ) {
    const service = options.service ?? `s-${randomUUID().slice(0, 8)}`;
    this.names = options.members?.map(({ name }) => name) ?? options.names ?? ['a', 'b', 'c'];
    this.driver = options.driver ?? new ScriptedDriver().put(this.names, OLD);
    this.fleet = options.fleet ?? join(options.folder, `${service}.json`);
    this.snapshotFile = join(options.folder, `${service}.snapshot.json`);
    this.spec = {
      ...plainSpec(service, this.fleet),
      snapshotFile: this.snapshotFile,
      healthIntervalMs: 20,
      timeouts: { instanceMs: 60_000, healthMs: 30_000 },
      ...options.spec,
    };
    this.workflowId = `deploy/test/${service}`;
    this.activities = this.worker();
  }

  /** Another worker's activities. */
  worker(): Activities {
    const activities = createActivities({
      store: this.store,
      drivers: () => this.options.bulk ?? this.driver,
      routers: (traffic) => this.options.routersOf?.(traffic) ?? this.options.routers ?? new NopDriver(),
      hooks: (spec) => createHook(spec, this.options.environment ?? {}),
      metrics: (_, generation) => this.options.metrics ?? metricsOn(this.store)({ kind: 'agent' }, generation),
      orchestrator: { state: async () => this.orchestrated },
      readFleet: async () => {
        if (this.listing instanceof Error) throw this.listing;
        return this.listing;
      },
      freezes: this.options.freezes ?? [],
      webUi: 'http://127.0.0.1:8233',
    });
    return { ...activities, ...Object.fromEntries(SHORT.map((name) => [name, inContext(activities[name])])) };
  }

  get members(): RequestedMember[] {
    return this.options.members ?? requested(this.names);
  }

  async begin(runId = this.runId): Promise<Began | Refused> {
    const request = { kind: 'deploy' as const, spec: this.spec, actor: 'ann', ...this.options.request };
    const requestId = await this.store.createRequest(request, this.members);
    const answer = await run(this.activities.begin, { requestId, workflowId: this.workflowId, runId });
    if (answer.kind === 'began') this.generation = answer.generation;
    return answer;
  }

  async began(): Promise<Began> {
    const answer = await this.begin();
    if (answer.kind === 'refused') throw new Error(answer.message);
    return answer;
  }

  change(ordinal: number, round = 0, env = environment()) {
    const input = { generation: this.generation, ordinal, name: this.names[ordinal] ?? '', round };
    return env.run(this.activities.changeInstance, input);
  }

  restore(ordinal: number, rollbackGeneration: number, env = environment()) {
    const input = { generation: this.generation, ordinal, name: this.names[ordinal] ?? '', rollbackGeneration };
    return env.run(this.activities.restoreInstance, input);
  }

  /** Drives these towards the release, or back under that generation. */
  drive(
    ordinals: number[],
    { fence = this.generation, round = 0, stop = false, env = environment() } = {},
  ): Promise<Driven> {
    const towards = fence === this.generation ? 'release' : 'snapshot';
    const pieces = ordinals.map((ordinal) => ({ ordinal, round }));
    const input: DriveInput = { generation: this.generation, towards, fence, pieces, ...(stop && { stop }) };
    return env.run(this.activities.driveInstances, input);
  }

  drawGeneration(): Promise<number> {
    return this.activities.drawGeneration({ generation: this.generation });
  }
}

/** What tests call as plain functions. */
const SHORT = ['takeStock', 'recordEnd', 'names', 'ordinals', 'drawGeneration', 'log', 'recordProgress'] as const;

/** The same activity, in a context of its own where it has none. */
function inContext(activity: (input: never) => Promise<unknown>) {
  return (input: never) => (asyncLocalStorage.getStore() === undefined ? run(activity, input) : activity(input));
}

/** A context that an activity runs in; failures that a test is about aren't printed. */
export function environment(): MockActivityEnvironment {
  return new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
}

/** Runs an activity in a context of its own. */
export function run<A, R>(activity: (input: A) => Promise<R>, input: A): Promise<R> {
  return environment().run(activity, input);
}
