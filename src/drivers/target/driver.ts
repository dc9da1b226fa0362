import type { Health, Probe, Versions } from '../../domain';
import type { AgentVerdict } from '../../domain/agent';

/** An instance as a driver needs to know it. */
export interface TargetInstance {
  name: string;
  address?: string;
  labels: Record<string, string>;
  /** Its place in the deployment, with `deployment` the key of whatever a driver keeps about it. */
  ordinal: number;
  /** The deployment's first generation. */
  deployment: number;
  /** What it ran, and how it was, before the deployment: as probed, else as recorded, else as listed. */
  before: { versions?: Versions; health: Health };
}

/** One attempt to bring one instance to its target. */
export interface TargetChange {
  instance: TargetInstance;
  /** `release` on the way forward, `snapshot` on the way back. */
  towards: 'release' | 'snapshot';
  target: Versions;
  /** What it should be like afterwards: healthy, or as its snapshot was. */
  targetHealth: Health;
  /** The fencing token: an instance obeys only the highest it has seen. */
  generation: number;
  /** Counts from 1. */
  attempt: number;
  /** The folder that the release was unpacked into, where whoever runs the command has done so. */
  releaseDir?: string;
}

/** The end of one attempt; `output` is the last 8 KiB that the change printed. */
export type ChangeAnswer = { kind: 'done'; output: string } | { kind: 'failed'; reason: string; output: string };

/** What every driver can: how Belay reaches the instances of a fleet. */
interface Reach {
  /**
   * Refuses (a DriverRefusal) what this machine can't do, before anything is touched: a missing file, an unset variable.
   * @param release what is to be brought; absent: each instance is brought something of its own
   */
  check(release?: Versions): Promise<void>;
  /** One look at an instance. Never throws for an instance's own fault: that is a probe's answer. */
  probe(instance: TargetInstance, signal: AbortSignal): Promise<Probe>;
}

/**
 * Changes one instance at a time, from here. Whoever calls bounds the time by aborting `signal`;
 * an aborted call kills what it started, waits for its end, and throws the signal's reason.
 */
export interface EachDriver extends Reach {
  /** `each`: one activity per instance change. */
  readonly execution: 'each';
  /**
   * Starts the change and waits for its end; being good afterwards is judged by probes. `stopped` is told what one
   * printed that was aborted: nobody needs it more than whoever asks why it hung.
   */
  change(change: TargetChange, signal: AbortSignal, stopped?: (output: string) => void): Promise<ChangeAnswer>;
}

/** Instances change themselves: they are told what to run, and asked, all at once, how far they are. */
export interface BulkDriver extends Reach {
  /** `bulk`: one activity for all that are in flight. */
  readonly execution: 'bulk';
  /** Tells each what to run. Repeated, it changes nothing. */
  begin(changes: TargetChange[]): Promise<void>;
  /** Takes back what those that haven't begun to obey were told; answers with their names. */
  withdraw(changes: TargetChange[]): Promise<string[]>;
  /** How far each is, in their order, by one question for all of them. */
  progress(changes: TargetChange[], limits: BulkLimits): Promise<BulkProgress[]>;
}

/** For how long each must be good, and how long that and the change itself may take. */
export interface BulkLimits {
  minHealthyMs: number;
  changeMs: number;
  healthMs: number;
}

/** How far one is, with the look at it that told so. */
export type BulkProgress = AgentVerdict & { probe: Probe };

export type TargetDriver = EachDriver | BulkDriver;

/** This machine can't drive that fleet; the message says why and what to do. */
export class DriverRefusal extends Error {
  override readonly name = 'DriverRefusal';
}
