import { setTimeout as delay } from 'node:timers/promises';
import type { InjectedFailure, Probe, SimulatedDriverSpec, Versions } from '../../domain';
import { HEALTH, SIMULATED } from '../../domain';
import { timerMs } from '../../domain/timer';
import type { ChangeAnswer, EachDriver, TargetChange, TargetInstance } from './driver';
import type { SimulatedState, SimulatedWorld } from './world';

/** Good once, so that it is believed; bad at the next look, so that a rollout of any length notices before it succeeds. */
const HEALTHY_PROBES = 1;
const SLOW_FACTOR = 10;
const SLOW_AT_LEAST_MS = 1_000;

/** Plays a fleet: an instance is as its fleet lists it, until a change says otherwise. Touches nothing real. */
export class SimulatedDriver implements EachDriver {
  readonly execution = 'each';

  constructor(
    private readonly spec: SimulatedDriverSpec,
    private readonly world: SimulatedWorld,
  ) {}

  async check(): Promise<void> {
    // There is nothing that a machine could lack.
  }

  async probe(instance: TargetInstance, signal: AbortSignal): Promise<Probe> {
    signal.throwIfAborted();
    const state = await this.stateOf(instance);
    signal.throwIfAborted();
    if (!state.reachable) return { kind: 'unreachable', reason: 'connection refused (injected crash)' };
    const told: Partial<Versions> = state.versions ?? {};
    const health = state.healthyProbes === 0 ? HEALTH.DEGRADED : state.health;
    if (state.healthyProbes !== undefined && state.healthyProbes > 0) {
      const looked = { ...state, healthyProbes: state.healthyProbes - 1 };
      await this.world.write(instance.deployment, instance.ordinal, looked);
    }
    return { kind: 'answered', health, ...told, ...reasonOf(state) };
  }

  async change(change: TargetChange, signal: AbortSignal): Promise<ChangeAnswer> {
    const failure = this.failureOf(change);
    await pause(this.duration(failure), signal);
    if (failure?.kind === 'fail' || failure?.kind === 'lie') {
      const state = await this.stateOf(change.instance);
      if (state.generation > change.generation) return stale(change, state);
      return failure.kind === 'lie' ? done(change) : answer(change, 'the change failed (injected)');
    }
    const { deployment, ordinal } = change.instance;
    if (await this.world.write(deployment, ordinal, after(change, failure))) return done(change);
    return stale(change, await this.stateOf(change.instance));
  }

  /** Injected failures hit the way forward only, or nothing would ever come back. */
  private failureOf({ instance, towards, attempt }: TargetChange): InjectedFailure | undefined {
    const failure = Object.hasOwn(this.spec.failures, instance.name) ? this.spec.failures[instance.name] : undefined;
    if (failure === undefined || towards !== 'release') return undefined;
    return attempt <= (failure.times ?? Infinity) ? failure : undefined;
  }

  private duration(failure: InjectedFailure | undefined): number {
    switch (failure?.kind) {
      case 'hang':
        return Infinity;
      case 'slow':
        return Math.max(SLOW_FACTOR * this.spec.latencyMs, SLOW_AT_LEAST_MS);
      default:
        return this.spec.latencyMs;
    }
  }

  private async stateOf({ deployment, ordinal, before }: TargetInstance): Promise<SimulatedState> {
    return (await this.world.read(deployment, ordinal)) ?? { ...before, reachable: true, generation: 0 };
  }
}

function after({ target, targetHealth, generation }: TargetChange, failure?: InjectedFailure): SimulatedState {
  return {
    versions: target,
    health: targetHealth,
    reachable: failure?.kind !== 'crash',
    generation,
    ...(failure?.kind === 'degrade' ? { healthyProbes: HEALTHY_PROBES } : {}),
  };
}

function reasonOf({ health, healthyProbes }: SimulatedState): { reason?: string } {
  if (healthyProbes === 0) return { reason: 'it degraded after a while (injected)' };
  return health === HEALTH.HEALTHY ? {} : { reason: 'it was listed like that' };
}

function done(change: TargetChange): ChangeAnswer {
  const { codeVersion, configurationVersion } = change.target;
  return { kind: 'done', output: `${SIMULATED}\n${change.instance.name} → ${codeVersion} / ${configurationVersion}\n` };
}

function stale(change: TargetChange, state: SimulatedState): ChangeAnswer {
  return answer(
    change,
    `generation ${change.generation} is stale: ${change.instance.name} obeys generation ${state.generation}`,
  );
}

function answer(change: TargetChange, reason: string): ChangeAnswer {
  return { kind: 'failed', reason, output: `${SIMULATED}\n${change.instance.name}: ${reason}\n` };
}

/** Waits, also for ever; aborted, it throws the signal's reason. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds === 0) return;
  if (milliseconds === Infinity) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } else {
    await delay(timerMs(milliseconds), undefined, { signal }).catch(() => undefined);
  }
  signal.throwIfAborted();
}
