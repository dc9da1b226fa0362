import type { RolloutEvent } from '../../src/domain/rollout';
import type { Clock } from './clock';
import { effectOf } from './effect';
import type { Fleet } from './fleet';
import { NOTHING, told, type Told } from './happening';
import type { Operation, Outcome } from './instance';
import type { Scenario } from './scenario';

/** The workers and the store: changes and restores under way, their recorded outcomes, and what is told of them. */
export class Operations {
  /** How many have not been told of yet. */
  underWay = 0;
  /** Late effects that an instance refused because a higher generation had been there. */
  fenced = 0;
  private readonly recorded = new Map<string, Outcome>();
  private untold: Record<Operation['kind'], Outcome[]> = { change: [], restore: [] };

  constructor(
    private readonly scenario: Scenario,
    private readonly fleet: Fleet,
    private readonly clock: Clock,
  ) {}

  begin(ordinal: number, kind: Operation['kind'], generation: number, key: string): void {
    const instance = this.fleet.instances[ordinal];
    if (!instance) throw new Error(`no instance ${ordinal}`);
    const { plan } = instance;
    const known = this.recorded.get(key);
    instance.touched = true;
    instance.watched = false;
    if (generation >= instance.fence) instance.fence = generation;
    const takes = known ? 0 : kind === 'change' ? plan.takesMs : plan.restoreTakesMs;
    const operation = { kind, generation, key, endsAt: this.clock.now + takes, cancelled: false };
    instance.operation = operation;
    this.underWay++;
    this.clock.plan(operation.endsAt, { kind: 'end', ordinal, operation });
  }

  /** All that is under way is to end early. */
  cancel(): void {
    for (const { ordinal, operation, plan } of this.fleet.instances) {
      if (!operation || operation.cancelled || operation.endsAt < this.clock.now) continue;
      operation.cancelled = true;
      operation.endsAt = Math.min(operation.endsAt, this.clock.now + plan.cancelTakesMs);
      this.clock.plan(operation.endsAt, { kind: 'end', ordinal, operation });
    }
  }

  /** An operation ends: the instance is what it has become, and the outcome is recorded and on its way. */
  end(ordinal: number, operation: Operation): Told {
    const instance = this.fleet.instances[ordinal];
    // Cancelled operations have two ends on the agenda; the first one counts.
    if (instance?.operation !== operation || operation.endsAt > this.clock.now || operation.endsAt < 0) return NOTHING;
    operation.endsAt = -1;
    const known = this.recorded.get(operation.key);
    const outcome = known ?? effectOf(operation, instance, this.clock);
    this.recorded.set(operation.key, outcome);
    instance.watched = operation.kind === 'change' && outcome.result === 'good';
    if (this.scenario.sliceMs === 0) return this.tell(operation.kind, [outcome]);
    const untold = this.untold[operation.kind];
    untold.push(outcome);
    if (untold.length === 1) this.clock.planIn(this.scenario.sliceMs, { kind: 'slice', of: operation.kind });
    return NOTHING;
  }

  /** Outcomes that were kept back for a while are told together. */
  slice(of: Operation['kind']): Told {
    const outcomes = this.untold[of];
    this.untold[of] = [];
    return this.tell(of, outcomes);
  }

  /** A worker that was believed lost tells its outcome again; never while a newer change of the same one is under way. */
  repeat(outcome: Outcome): Told {
    const operation = this.fleet.instances[outcome.ordinal]?.operation;
    if (operation?.kind === 'change') return NOTHING;
    return told({ kind: 'changed', outcomes: [outcome] } as RolloutEvent, true);
  }

  /** A worker that was believed lost comes back and tries to finish its change. */
  zombie(ordinal: number, generation: number): Told {
    const instance = this.fleet.instances[ordinal];
    if (!instance) return NOTHING;
    if (generation < instance.fence) {
      this.fenced++;
    } else if (!instance.operation && !instance.watched) {
      instance.runs = 'new';
    }
    return NOTHING;
  }

  private tell(of: Operation['kind'], outcomes: Outcome[]): Told {
    for (const { ordinal, result, reason } of outcomes) {
      const instance = this.fleet.instances[ordinal];
      if (instance?.operation?.kind !== of) continue;
      instance.operation = null;
      instance.reason = result === 'cancelled' ? null : (reason ?? null);
      this.underWay--;
    }
    return told({ kind: of === 'change' ? 'changed' : 'restored', outcomes } as RolloutEvent);
  }
}
