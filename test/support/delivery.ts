import type { AnalysisRule, VerdictKind } from '../../src/domain/analysis';
import type { Hooks } from '../../src/domain/hooks';
import { inFlightOf, phaseOf, wakeAt, type RolloutCommand, type RolloutPolicy } from '../../src/domain/rollout';
import type { Act } from '../../src/domain/rollout/stage';
import type { BlueGreenStrategy, CanaryStrategy, DeploymentSpec, FeatureFlagsStrategy } from '../../src/domain/spec';
import { policyOf } from '../../src/domain/strategies/policy';
import { planSpec } from './plan';
import { RolloutHarness } from './rollout';

export const S = 1_000;
export const MINUTE = 60 * S;

type More = Partial<Omit<DeploymentSpec, 'strategy'>>;

/** Watched for 30 s with a measurement every 10 s, three violations in a row. */
export function watching(overrides: Partial<AnalysisRule> = {}): NonNullable<DeploymentSpec['analysis']> {
  return {
    source: { kind: 'agent' },
    checks: [],
    durationMs: 30 * S,
    intervalMs: 10 * S,
    violations: 3,
    count: 'consecutive',
    onNoData: 'pause',
    onInconclusive: 'pause',
    ...overrides,
  };
}

/** Shares of the requests, each watched for 30 s. */
export function shares(...weights: number[]): CanaryStrategy['steps'] {
  return weights.flatMap((weight) => [
    { kind: 'traffic', weight },
    { kind: 'analyze', forMs: 30 * S },
  ]);
}

/** A canary of 10, 25, 50, 75 and 100 percent behind a router, each watched; change what a test is about. */
export function canary(strategy: Partial<CanaryStrategy> = {}, more: More = {}): RolloutPolicy {
  const usual: CanaryStrategy = {
    kind: 'canary',
    steps: shares(10, 25, 50, 75, 100),
    batchSize: { kind: 'percent', percent: 100 },
    match: [],
    rollback: 'instant',
  };
  return planned({ ...usual, ...strategy }, { analysis: watching(), ...routed(), ...more });
}

/** The idle group is changed at once, switched to, watched for 30 s, and the other kept for a minute; behind a router. */
export function blueGreen(strategy: Partial<BlueGreenStrategy> = {}, more: More = {}): RolloutPolicy {
  const usual: BlueGreenStrategy = {
    kind: 'blue_green',
    slotLabel: 'slot',
    batchSize: { kind: 'percent', percent: 100 },
    validate: [],
    watchMs: 30 * S,
    keepMs: 60 * S,
  };
  return planned({ ...usual, ...strategy }, { analysis: watching(), ...routed(), ...more });
}

/** Features by their steps, each watched for 30 s; what violates is taken back by itself. */
export function features(
  steps: Record<string, number[] | 'off'>,
  onViolation: FeatureFlagsStrategy['onViolation'] = 'feature',
  more: More = {},
): RolloutPolicy {
  const listed = Object.entries(steps).map(([key, each]) => ({ key, steps: each }));
  return planned({ kind: 'feature_flags', features: listed, onViolation }, { analysis: watching(), ...more });
}

/** Of a strategy and the rest of a deployment. */
export function planned(strategy: DeploymentSpec['strategy'], more: More = {}): RolloutPolicy {
  // Freezes are a matter of their own: a test that is about them says so.
  const { calendar, ...policy } = policyOf(planSpec({ ...more, strategy }), 'forward');
  return { ...policy, ...(more.windows && calendar && { calendar }) };
}

/** Something in front of the fleet that can be told where requests go. */
export function routed(): Pick<DeploymentSpec, 'traffic'> {
  return {
    traffic: { kind: 'command', shift: [], read: [], directory: '/', env: {}, drainTimeoutMs: 0, timeoutMs: 0 },
  };
}

/** Hooks by name: whether each is a gate. */
export function hooks(gates: Record<string, boolean>): Hooks {
  const hook = { kind: 'http' as const, url: 'http://hook', headers: {}, timeoutMs: S };
  return Object.fromEntries(Object.entries(gates).map(([name, gate]) => [name, { ...hook, gate }]));
}

/** Plays the world's part by itself, all well and at once, until something that a test is about. */
export class DeliveryHarness extends RolloutHarness {
  /** What was commanded, in short: `change 0`, `shift 10`, `hook smoke`, `restore 0`. */
  get story(): string[] {
    return this.commands.flatMap((command) => textOf(command) ?? []);
  }

  /** What was commanded from there on. */
  since(text: string): string[] {
    return this.story.slice(this.story.indexOf(text));
  }

  /** The act that is awaited. */
  get awaited(): string | undefined {
    return this.state.delivery.act ? actText(this.state.delivery.act.act) : undefined;
  }

  /** Answers the act that is awaited: it is done, unless it says otherwise. */
  acted(answer: { fault?: string; closed?: { until: number | null; reason: string } } = {}): this {
    const { act } = this.state.delivery;
    if (!act) throw new Error(`no act is awaited; so far: ${this.story.join(' · ')}`);
    return this.feed({ kind: 'acted', number: act.number, ...answer });
  }

  faults(fault = 'no answer'): this {
    return this.acted({ fault });
  }

  /**
   * Goes on, all well, until this is commanded (and not yet answered); without it, until it ends or a person is needed.
   * @param each is called before each answer, e.g. to continue as new
   */
  carryOn(until?: string, each: () => void = () => undefined): this {
    for (let count = 0; count < 500; count++) {
      const seen = this.story.length;
      each();
      if (this.ended !== undefined || !this.step()) break;
      if (until !== undefined && this.story.slice(seen).includes(until)) return this;
    }
    if (until !== undefined) throw new Error(`never came to ${until}: ${this.story.join(' · ')}`);
    return this;
  }

  /** What the next measurements say, each when its time has come. */
  verdicts(...kinds: VerdictKind[]): this {
    for (const kind of kinds) this.wake().measured(kind, `it was a ${kind}`);
    return this;
  }

  /** The time comes that the engine wants to be woken at. */
  wake(): this {
    const wake = wakeAt(this.state);
    if (wake === undefined) throw new Error(`it waits for no time; so far: ${this.story.join(' · ')}`);
    return this.after(Math.max(0, wake - this.now));
  }

  /** Goes on until it waits for this. */
  until(kind: NonNullable<RolloutHarness['state']['wait']>['kind'], times = 1): this {
    let seen = 0;
    let last: unknown = null;
    for (let count = 0; count < 500 && this.ended === undefined; count++) {
      const { wait } = this.state;
      if (wait !== last && wait?.kind === kind && ++seen === times) return this;
      last = wait;
      if (!this.step()) break;
    }
    throw new Error(`never waited for ${kind}: ${this.story.join(' · ')}`);
  }

  /** One thing that is awaited happens, well; whether there was any. */
  step(): boolean {
    const { wait, delivery } = this.state;
    const [first, ...others] = inFlightOf(this.state);
    if (delivery.act) this.acted();
    else if (first !== undefined && phaseOf(this.state, first) === 'changing') this.good(first, ...others);
    else if (first !== undefined) this.restored(first, ...others);
    else if (wait?.kind === 'analyze' && wait.asked) this.measured('pass');
    else {
      if (wakeAt(this.state) === undefined || this.state.status === 'awaiting_approval') return false;
      this.wake();
    }
    return true;
  }
}

function textOf(command: RolloutCommand): string | undefined {
  switch (command.kind) {
    case 'change':
    case 'restore':
      return `${command.kind} ${command.ordinals.join(',')}`;
    case 'act':
      return actText(command.act);
    case 'finish':
      return command.status;
    case 'cancel_in_flight':
      return 'cancel';
    default:
      return undefined;
  }
}

function actText(act: Act): string {
  switch (act.kind) {
    case 'shift':
      return `${act.group === undefined ? '' : `${act.group}: `}shift ${act.weight}`;
    case 'hook':
      return `hook ${act.hook}`;
    case 'set_flags':
      return act.flags.map(({ feature, percent }) => `${feature} ${percent}`).join(', ');
    case 'restore_flags':
      return `restore ${act.features?.join(', ') ?? 'flags'}`;
    case 'settle':
      return `${act.group === undefined ? '' : `${act.group}: `}settle`;
    case 'read_calendar':
      return 'calendar';
  }
}
