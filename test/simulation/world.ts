import type { Degradation } from '../../src/domain';
import type { Joiner, RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import { Agenda } from './heap';
import type { MemberPlan, Runs, Scenario } from './scenario';

/** The generation that a simulated deployment has; whatever it draws is higher. */
export const GENERATION = 100;

/** One instance as it really is. */
export interface Instance {
  ordinal: number;
  plan: MemberPlan;
  runs: Runs;
  healthy: boolean;
  /** What it ran, and how it was, before the first touch. */
  before: { runs: Runs; healthy: boolean };
  /** The highest generation that it obeyed: nothing lower changes it. */
  fence: number;
  /** Whether anybody tried to change or restore it. */
  touched: boolean;
  changes: number;
  restores: number;
  operation: Operation | null;
  /** Good by its last recorded outcome: such ones are looked at. */
  watched: boolean;
  /** The patrol has found it ill; a sweep finds it again. */
  found: boolean;
  /** Why it isn't good or restored, as it was told last. */
  reason: string | null;
  degradedAt: number | null;
  left: boolean;
}

interface Operation {
  kind: 'change' | 'restore';
  generation: number;
  /** What the outcome is recorded under: a second operation with the same key gets the first one's outcome. */
  key: string;
  endsAt: number;
  cancelled: boolean;
}

interface Outcome {
  ordinal: number;
  name: string;
  result: string;
  attempts: number;
  reason?: string;
}

/** Things that happen by themselves as time goes on. */
type Happening =
  | { kind: 'end'; ordinal: number; operation: Operation }
  | { kind: 'tell'; of: 'change' | 'restore'; outcomes: Outcome[] }
  | { kind: 'slice'; of: 'change' | 'restore' }
  | { kind: 'repeat'; outcome: Outcome }
  | { kind: 'degrade'; ordinal: number }
  | { kind: 'zombie'; ordinal: number; generation: number }
  | { kind: 'look'; run: number }
  | { kind: 'membership' }
  | { kind: 'swept' }
  | { kind: 'drawn' }
  | { kind: 'person' };

/** What the world tells; `person`: somebody looks at the rollout and does something. */
export type Told = { kind: 'event'; event: RolloutEvent; repeated: boolean } | { kind: 'person' } | { kind: 'nothing' };

/**
 * The instances and all that lies between them and the engine: workers, the store, the fence at each
 * instance. It carries commands out and tells what became of them, under a clock of its own.
 */
export class World {
  now = 1_000_000;
  readonly instances: Instance[] = [];
  patrolled = false;
  /** Questions that are not answered yet. */
  readonly open = { membership: 0, sweep: 0, draw: 0 };
  reads = 0;
  drawn: number | null = null;
  /** When the last sweep looked. */
  sweptAt = -1;
  /** Late effects that an instance refused because a higher generation had been there. */
  fenced = 0;
  operating = 0;
  private readonly agenda: Agenda<Happening>;
  private readonly recorded = new Map<string, Outcome>();
  private untold: Record<'change' | 'restore', Outcome[]> = { change: [], restore: [] };
  private lookAt: number | null = null;
  /** Which run it is: one more each time it continues as new. */
  private run = 0;

  constructor(private readonly scenario: Scenario) {
    this.agenda = new Agenda(scenario.lastFirst);
    for (let round = 0; round < scenario.times; round++) {
      for (const plan of scenario.members) this.settle(plan, plan.flag === 'unchanged');
    }
  }

  get nextAt(): number | undefined {
    return this.agenda.nextAt;
  }

  /** Whether nothing is under way that would still be told. */
  get quiet(): boolean {
    const { open } = this;
    return this.operating === 0 && open.membership + open.sweep + open.draw === 0;
  }

  name(ordinal: number): string {
    return `i-${ordinal}`;
  }

  askPerson(at: number): void {
    this.agenda.add(at, { kind: 'person' });
  }

  /** Carries a command out. */
  obey(command: RolloutCommand): void {
    const { scenario, now, agenda, open } = this;
    switch (command.kind) {
      case 'change':
        for (const one of command.ordinals) this.begin(one, 'change', GENERATION, `change/${one}/${command.round}`);
        return;
      case 'restore':
        for (const one of command.ordinals) {
          this.begin(one, 'restore', command.generation, `restore/${one}/${command.generation}`);
        }
        return;
      case 'cancel_in_flight':
        this.cancel();
        return;
      case 'read_membership':
        open.membership++;
        agenda.add(now + scenario.readMs, { kind: 'membership' });
        return;
      case 'sweep':
        open.sweep++;
        agenda.add(now + scenario.sweepMs, { kind: 'swept' });
        return;
      case 'draw_generation':
        open.draw++;
        agenda.add(now + scenario.drawMs, { kind: 'drawn' });
        return;
      case 'patrol':
        this.patrolled = command.on;
        this.planLook();
        return;
      case 'log':
      case 'finish':
        return;
    }
  }

  /** It continues as new: the activities of the old run have ended. */
  renew(): void {
    this.run++;
    this.patrolled = false;
    this.lookAt = null;
  }

  /** Lets the next thing happen. */
  step(): Told {
    const next = this.agenda.take();
    if (!next) return { kind: 'nothing' };
    this.now = Math.max(this.now, next.at);
    return this.happen(next.what);
  }

  /** After the end: what is still on its way arrives, late writes of lost workers above all. */
  settleDown(): void {
    while (this.agenda.size > 0) this.step();
  }

  private settle(plan: MemberPlan, atRelease: boolean): Instance {
    const back = this.scenario.mode === 'rollback';
    const old: Runs = atRelease && !back ? 'new' : plan.firstInstall && !atRelease ? 'nothing' : 'old';
    const before = { runs: old, healthy: atRelease || plan.flag !== 'unhealthy' };
    const instance: Instance = {
      ordinal: this.instances.length,
      plan,
      // A rollback begins where the deployment that it undoes has ended.
      runs: back ? (atRelease ? old : 'new') : old,
      healthy: before.healthy,
      before,
      fence: 0,
      touched: false,
      changes: 0,
      restores: 0,
      operation: null,
      watched: false,
      found: false,
      reason: null,
      degradedAt: null,
      left: false,
    };
    this.instances.push(instance);
    return instance;
  }

  private begin(ordinal: number, kind: Operation['kind'], generation: number, key: string): void {
    const instance = this.instances[ordinal];
    if (!instance) throw new Error(`no instance ${ordinal}`);
    const { plan } = instance;
    const known = this.recorded.get(key);
    instance.touched = true;
    instance.watched = false;
    if (generation >= instance.fence) instance.fence = generation;
    const takes = known ? 0 : kind === 'change' ? plan.takesMs : plan.restoreTakesMs;
    const operation = { kind, generation, key, endsAt: this.now + takes, cancelled: false };
    instance.operation = operation;
    this.operating++;
    this.agenda.add(operation.endsAt, { kind: 'end', ordinal, operation });
  }

  private cancel(): void {
    for (const { ordinal, operation, plan } of this.instances) {
      if (!operation || operation.cancelled || operation.endsAt < this.now) continue;
      operation.cancelled = true;
      operation.endsAt = Math.min(operation.endsAt, this.now + plan.cancelTakesMs);
      this.agenda.add(operation.endsAt, { kind: 'end', ordinal, operation });
    }
  }

  private happen(what: Happening): Told {
    switch (what.kind) {
      case 'end':
        return this.end(what.ordinal, what.operation);
      case 'tell':
        return this.tell(what.of, what.outcomes);
      case 'slice': {
        const outcomes = this.untold[what.of];
        this.untold[what.of] = [];
        return this.tell(what.of, outcomes);
      }
      case 'repeat':
        return this.repeat(what.outcome);
      case 'degrade':
        return this.degrade(what.ordinal);
      case 'zombie':
        return this.zombie(what.ordinal, what.generation);
      case 'look': {
        this.lookAt = null;
        // What it has found on its last round is told, though it was called off meanwhile; a former run's patrol is gone.
        if (what.run !== this.run || (!this.patrolled && this.scenario.lastFirst)) return { kind: 'nothing' };
        const degraded = this.findings(false);
        return degraded.length > 0 ? told({ kind: 'degraded', degraded }) : { kind: 'nothing' };
      }
      case 'membership':
        return this.readMembership();
      case 'swept': {
        this.open.sweep--;
        this.sweptAt = this.now;
        return told({ kind: 'swept', degraded: this.findings(true) });
      }
      case 'drawn':
        this.open.draw--;
        this.drawn = Math.max(this.drawn ?? 0, GENERATION) + 7;
        return told({ kind: 'generation_drawn', generation: this.drawn });
      case 'person':
        return { kind: 'person' };
    }
  }

  /** An operation ends: the instance is what it has become, and the outcome is recorded and on its way. */
  private end(ordinal: number, operation: Operation): Told {
    const instance = this.instances[ordinal];
    // Cancelled operations have two ends on the agenda; the first one counts.
    if (instance?.operation !== operation || operation.endsAt > this.now || operation.endsAt < 0)
      return { kind: 'nothing' };
    operation.endsAt = -1;
    const known = this.recorded.get(operation.key);
    const outcome = known ?? this.effect(instance, operation);
    this.recorded.set(operation.key, outcome);
    instance.watched = operation.kind === 'change' && outcome.result === 'good';
    if (this.scenario.sliceMs === 0) return this.tell(operation.kind, [outcome]);
    const untold = this.untold[operation.kind];
    untold.push(outcome);
    if (untold.length === 1) this.agenda.add(this.now + this.scenario.sliceMs, { kind: 'slice', of: operation.kind });
    return { kind: 'nothing' };
  }

  private effect(instance: Instance, operation: Operation): Outcome {
    const { ordinal, plan } = instance;
    const base = { ordinal, name: this.name(ordinal), attempts: 1 };
    if (operation.generation < instance.fence) {
      const result = operation.kind === 'change' ? 'failed' : 'unresolved';
      return { ...base, result, reason: `generation ${instance.fence} has been here` };
    }
    const cancelled = operation.cancelled && plan.onCancel !== 'good';
    if (operation.kind === 'restore') return { ...base, ...this.restore(instance, cancelled) };
    const result = cancelled ? plan.onCancel : instance.changes < plan.failsTimes ? 'failed' : 'good';
    instance.changes++;
    if (result === 'good') {
      instance.runs = 'new';
      instance.healthy = true;
      if (plan.degradesAfterMs !== null && instance.degradedAt === null) {
        this.agenda.add(this.now + plan.degradesAfterMs, { kind: 'degrade', ordinal });
      }
      if (plan.repeatsAfterMs !== null) {
        this.agenda.add(this.now + plan.repeatsAfterMs, { kind: 'repeat', outcome: { ...base, result } });
      }
      return { ...base, result };
    }
    instance.runs = plan.leaves === 'old' ? instance.before.runs : plan.leaves;
    instance.healthy = plan.leaves === 'old' && instance.before.healthy;
    const outcome = { ...base, result, reason: `the change ${result}` };
    if (plan.zombieAfterMs !== null) {
      this.agenda.add(this.now + plan.zombieAfterMs, { kind: 'zombie', ordinal, generation: operation.generation });
    }
    if (plan.repeatsAfterMs !== null) this.agenda.add(this.now + plan.repeatsAfterMs, { kind: 'repeat', outcome });
    return outcome;
  }

  private restore(instance: Instance, cancelled: boolean): { result: string; reason?: string } {
    const { plan, before } = instance;
    instance.restores++;
    if (before.runs === 'nothing') return { result: 'unresolved', reason: 'nothing was installed before' };
    if (cancelled) return { result: 'cancelled' };
    if (plan.restoreFails) return { result: 'unresolved', reason: 'the restore failed' };
    instance.runs = before.runs;
    instance.healthy = before.healthy;
    return { result: 'restored' };
  }

  private tell(of: 'change' | 'restore', outcomes: Outcome[]): Told {
    for (const { ordinal, result, reason } of outcomes) {
      const instance = this.instances[ordinal];
      if (instance?.operation?.kind !== of) continue;
      instance.operation = null;
      instance.reason = result === 'cancelled' ? null : (reason ?? null);
      this.operating--;
    }
    return told({ kind: of === 'change' ? 'changed' : 'restored', outcomes } as RolloutEvent);
  }

  /** A worker that was believed lost tells its outcome again; never while a newer change of the same one is under way. */
  private repeat(outcome: Outcome): Told {
    const operation = this.instances[outcome.ordinal]?.operation;
    if (operation?.kind === 'change') return { kind: 'nothing' };
    return told({ kind: 'changed', outcomes: [outcome] } as RolloutEvent, true);
  }

  private degrade(ordinal: number): Told {
    const instance = this.instances[ordinal];
    if (!instance || instance.runs !== 'new' || !instance.healthy || !instance.watched) return { kind: 'nothing' };
    instance.healthy = false;
    instance.degradedAt = this.now;
    this.planLook();
    return { kind: 'nothing' };
  }

  private zombie(ordinal: number, generation: number): Told {
    const instance = this.instances[ordinal];
    if (!instance) return { kind: 'nothing' };
    if (generation < instance.fence) {
      this.fenced++;
    } else if (!instance.operation && !instance.watched) {
      instance.runs = 'new';
    }
    return { kind: 'nothing' };
  }

  private planLook(): void {
    if (!this.patrolled || this.lookAt !== null) return;
    if (!this.instances.some((one) => one.watched && !one.healthy && !one.left && !one.found)) return;
    this.lookAt = this.now + this.scenario.patrolMs;
    this.agenda.add(this.lookAt, { kind: 'look', run: this.run });
  }

  /**
   * Those that were good and aren't. The engine may not know yet that they were: the outcome can still be
   * on its way, so a sweep tells what it sees, whoever has seen it before.
   */
  private findings(again: boolean): Degradation[] {
    const found: Degradation[] = [];
    for (const instance of this.instances) {
      if (!instance.watched || instance.healthy || instance.left || (instance.found && !again)) continue;
      instance.found = true;
      if (!instance.operation) instance.reason = 'degraded twice in a row';
      found.push({ ordinal: instance.ordinal, name: this.name(instance.ordinal), reason: 'degraded twice in a row' });
    }
    return found;
  }

  private readMembership(): Told {
    const { scenario, instances } = this;
    this.open.membership--;
    const read = this.reads++;
    const present = instances.filter((one) => !one.left);
    const left: number[] = [];
    for (const leaver of scenario.leaves) {
      const instance = leaver.read === read ? present[leaver.pick % Math.max(1, present.length)] : undefined;
      if (!instance || instance.left) continue;
      instance.left = true;
      left.push(instance.ordinal);
    }
    const joined = scenario.joins
      .filter((one) => one.read === read)
      .map(({ state, plan }) => {
        const instance = this.settle(plan, state === 'unchanged');
        return { ordinal: instance.ordinal, state };
      });
    const returned = this.returned(read, left);
    return told({ kind: 'membership', joined, left, ...(returned.length > 0 && { returned }) });
  }

  /** Those that had left before and are there again. */
  private returned(read: number, leftNow: number[]): Joiner[] {
    const returned: Joiner[] = [];
    for (const { pick, as } of this.scenario.returns.filter((one) => one.read === read)) {
      const away = this.instances.filter((one) => one.left && !leftNow.includes(one.ordinal));
      const instance = away[pick % Math.max(1, away.length)];
      if (!instance) continue;
      instance.left = false;
      instance.found = false;
      if (as === 'old' || as === 'broken') {
        instance.runs = as === 'old' ? instance.before.runs : 'broken';
        instance.healthy = as === 'old' && instance.before.healthy;
      }
      const atRelease = instance.runs === 'new' && instance.healthy;
      // Told as it is seen, also of one that was left out: the engine remembers that.
      const state = as === 'unreachable' ? 'unreachable' : atRelease ? 'unchanged' : 'pending';
      instance.watched = state === 'unchanged' && instance.touched && instance.reason === null;
      returned.push({ ordinal: instance.ordinal, state });
    }
    return returned;
  }
}

function told(event: RolloutEvent, repeated = false): Told {
  return { kind: 'event', event, repeated };
}
