import {
  createRollout,
  decide,
  packRollout,
  unpackRollout,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutPolicy,
  type RolloutState,
} from '../../src/domain/rollout';
import type { VerdictKind } from '../../src/domain/analysis';
import type { Degradation, Message, MessageKind } from '../../src/domain';

/** A rolling policy of `batches: [1, 3]`, no failure allowed, rollback on failure; change what a test is about. */
export function policy(
  overrides: Partial<RolloutPolicy> & {
    sizes?: number[];
    pauseBetweenMs?: number;
    bakeMs?: number;
    window?: number;
  } = {},
): RolloutPolicy {
  const { sizes = [1, 3], pauseBetweenMs = 0, bakeMs = 0, window, ...rest } = overrides;
  return {
    strategy: {
      kind: 'rolling',
      batching:
        window === undefined
          ? { kind: 'batches', sizes: sizes.map((count) => ({ kind: 'count', count })), pauseBetweenMs }
          : { kind: 'window', size: { kind: 'count', count: window } },
      bakeMs,
    },
    maxFailures: { kind: 'count', count: 0 },
    failedInstances: 'leave',
    onFailure: 'rollback',
    approvals: [],
    ...rest,
  };
}

/** Drives an engine by hand: the test answers changes and restores; membership, sweeps and draws answer themselves. */
export class RolloutHarness {
  state: RolloutState;
  now = 0;
  readonly commands: RolloutCommand[] = [];
  /** What the next read of the membership brings. */
  nextRead: Extract<RolloutEvent, { kind: 'membership' }> = { kind: 'membership', joined: [], left: [] };
  /** What the next sweep finds. */
  nextSweep: Degradation[] = [];
  /** Whether a generation is drawn as soon as it is asked for. */
  draws = true;
  private readonly waiting: RolloutEvent[] = [];

  constructor(
    members: number | number[],
    rules: RolloutPolicy,
    mode: 'forward' | 'rollback' = 'forward',
    shared?: NonNullable<Parameters<typeof createRollout>[0]['shared']>,
  ) {
    const flags = typeof members === 'number' ? new Uint8Array(members) : Uint8Array.from(members);
    this.state = createRollout({ mode, generation: 1, policy: rules, members: flags, ...(shared && { shared }) });
    this.feed({ kind: 'start' });
  }

  feed(event: RolloutEvent): this {
    const { commands } = decide(this.state, event, this.now);
    for (const command of commands) {
      this.commands.push(command);
      if (command.kind === 'read_membership') {
        this.waiting.push(this.nextRead);
        this.nextRead = { kind: 'membership', joined: [], left: [] };
      }
      if (command.kind === 'sweep') {
        this.waiting.push({ kind: 'swept', degraded: this.nextSweep });
        this.nextSweep = [];
      }
      if (command.kind === 'draw_generation' && this.draws)
        this.waiting.push({ kind: 'generation_drawn', generation: 2 });
    }
    const next = this.waiting.shift();
    return next ? this.feed(next) : this;
  }

  message(kind: Exclude<MessageKind, 'adjust' | 'retry' | 'skip'>): this {
    return this.feed({ kind: 'message', message: { kind, by: 'ada' } });
  }

  say(message: Message): this {
    return this.feed({ kind: 'message', message });
  }

  after(ms: number): this {
    this.now += ms;
    return this.feed({ kind: 'tick' });
  }

  good(...ordinals: number[]): this {
    return this.change('good', ordinals);
  }

  bad(...ordinals: number[]): this {
    return this.change('failed', ordinals);
  }

  change(result: 'good' | 'failed' | 'cancelled', ordinals: number[]): this {
    const outcomes = ordinals.map((ordinal) => ({
      ordinal,
      name: `web-${ordinal}`,
      result,
      attempts: 1,
      reason: 'answered 503',
    }));
    return this.feed({ kind: 'changed', outcomes });
  }

  restored(...ordinals: number[]): this {
    const outcomes = ordinals.map((ordinal) => ({
      ordinal,
      name: `web-${ordinal}`,
      result: 'restored' as const,
      attempts: 1,
    }));
    return this.feed({ kind: 'restored', outcomes });
  }

  /** Answers the measurement that was asked for last. */
  measured(kind: VerdictKind, text: string = kind): this {
    const { number } = this.measurements.at(-1)!;
    return this.feed({ kind: 'measured', number, verdict: { kind, text } });
  }

  unresolved(...ordinals: number[]): this {
    const outcomes = ordinals.map((ordinal) => ({
      ordinal,
      name: `web-${ordinal}`,
      result: 'unresolved' as const,
      attempts: 3,
      reason: 'no answer',
    }));
    return this.feed({ kind: 'restored', outcomes });
  }

  /** Continues as new: packs, passes through JSON, unpacks. */
  continueAsNew(): this {
    this.feed({ kind: 'hold' });
    this.state = unpackRollout(JSON.parse(JSON.stringify(packRollout(this.state))) as ReturnType<typeof packRollout>);
    return this.feed({ kind: 'start' });
  }

  /** Ordinals of every change ordered so far, batch by batch. */
  get changes(): number[][] {
    return this.commands.flatMap((command) => (command.kind === 'change' ? [command.ordinals] : []));
  }

  get measurements(): Extract<RolloutCommand, { kind: 'measure' }>[] {
    return this.commands.filter((command) => command.kind === 'measure');
  }

  get restores(): number[][] {
    return this.commands.flatMap((command) => (command.kind === 'restore' ? [command.ordinals] : []));
  }

  has(kind: RolloutCommand['kind']): boolean {
    return this.commands.some((command) => command.kind === kind);
  }

  get ended(): string | undefined {
    const end = this.commands.at(-1);
    return end?.kind === 'finish' ? end.status : undefined;
  }
}
