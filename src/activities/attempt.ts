import type { Probe, Versions } from '../domain';
import { durationText } from '../domain/duration';
import type { EachDriver, TargetChange, TargetInstance } from '../drivers/target/driver';
import type { InstanceState } from '../store/instance-state';
import type { WorkKey } from '../store/work-attempt';
import type { WorkMember } from '../store/work-member';
import type { Deployment } from './deployments';
import { stateOf, type Goal } from './judge';
import { putBack, putIn, takeOut } from './routing';
import { bounded, isAskedToStop, TIME_IS_OVER } from './running';
import { targetOf } from './target';
import { untilGood } from './until-good';

/** How one attempt ended. */
export interface Attempted {
  kind: 'good' | 'bad' | 'cancelled';
  reason?: string;
  output: string;
  state?: InstanceState;
}

export interface AttemptOptions {
  deployment: Deployment;
  driver: EachDriver;
  key: WorkKey;
  member: WorkMember;
  goal: Goal;
  /** How long it must be good. */
  minHealthyMs: number;
  /** The release is what is stable by now. */
  settled: boolean;
  attempt: number;
  signal: AbortSignal;
}

/** A last look for the record, after a failure or a cancellation, mustn't hold anything up. */
const LAST_LOOK_MS = 2_000;

/**
 * Runs the change, then waits until the instance is good. Throws only when the attempt is to be left
 * unanswered: its worker shuts down, Temporal gave it to another, or the machinery itself failed.
 */
export async function runAttempt(options: AttemptOptions): Promise<Attempted> {
  let output = '';
  let begun = false;
  const routed = { ...options, instance: targetOf(options.member, options.key.generation) };
  try {
    const { spec } = options.deployment.request;
    const serving = await takeOut(routed, options.signal);
    if (serving !== undefined) return { kind: 'bad', reason: serving, output, ...(await lastState(options)) };
    begun = true;
    const change = changeOf(options);
    const answer = await bounded(spec.timeouts.instanceMs, options.signal, (signal) =>
      options.driver.change(change, signal, (printed) => (output = printed)),
    );
    if (answer === TIME_IS_OVER) {
      const reason = `the change took longer than ${durationText(spec.timeouts.instanceMs)} and was stopped`;
      return { kind: 'bad', reason, output, ...(await lastState(options)) };
    }
    output = answer.output;
    options.signal.throwIfAborted();
    if (answer.kind === 'failed') return { kind: 'bad', reason: answer.reason, output, ...(await lastState(options)) };
    const { fault, last } = await waitFor(options);
    const idle = fault === undefined ? await putIn(routed, options.signal) : undefined;
    if (idle !== undefined) return { kind: 'bad', reason: idle, output, ...(await lastState(options)) };
    const assumed = options.goal.versions;
    const state = last === undefined ? {} : { state: stateOf(last, assumed) };
    return fault === undefined ? { kind: 'good', output, ...state } : { kind: 'bad', reason: fault, output, ...state };
  } catch (error) {
    if (!isAskedToStop(options.signal)) throw error;
    if (!begun) await putBack(routed);
    return { kind: 'cancelled', reason: 'cancelled while it was being changed', output, ...(await lastState(options)) };
  }
}

function changeOf({ key, member, goal, attempt }: AttemptOptions): TargetChange {
  return {
    instance: targetOf(member, key.generation),
    towards: key.towards,
    target: goal.versions,
    targetHealth: goal.health,
    generation: key.fence,
    attempt,
  };
}

/** Waits until the changed instance is good: what it doesn't tell is what the change has set. */
function waitFor({ deployment, key, member, goal, minHealthyMs, signal }: AttemptOptions) {
  const { spec } = deployment.request;
  return untilGood({
    goal,
    assumed: goal.versions,
    forMs: minHealthyMs,
    withinMs: spec.timeouts.healthMs,
    look: (each) => deployment.driver.probe(targetOf(member, key.generation), each),
    signal,
  });
}

/** What the instance runs now, as far as it tells by itself. */
async function lastState({ deployment, key, member }: AttemptOptions): Promise<{ state?: InstanceState }> {
  const probe = await briefLook(deployment, targetOf(member, key.generation));
  return probe === undefined ? {} : { state: stateOf(probe, knownPart(probe, member)) };
}

async function briefLook({ driver }: Deployment, instance: TargetInstance): Promise<Probe | undefined> {
  const never = new AbortController().signal;
  const probe = await bounded(LAST_LOOK_MS, never, (signal) => driver.probe(instance, signal)).catch(() => undefined);
  return probe === TIME_IS_OVER ? undefined : probe;
}

/** A version that health never tells is the one it had, as long as the other one is: they move together. */
function knownPart(probe: Probe, member: WorkMember): Partial<Versions> {
  const before = member.recorded?.versions ?? member.snapshot.versions;
  if (probe.kind !== 'answered' || before === undefined) return {};
  const { codeVersion, configurationVersion } = probe;
  if (codeVersion === undefined && configurationVersion === undefined) return {};
  const sameCode = codeVersion === undefined || codeVersion === before.codeVersion;
  const sameConfiguration = configurationVersion === undefined || configurationVersion === before.configurationVersion;
  return sameCode && sameConfiguration ? before : {};
}
