import type { RolloutCommand } from '../../src/domain/rollout';
import type { Act } from '../../src/domain/rollout/stage';
import type { Clock } from './clock';
import type { DeliveryPlan } from './delivery-plan';
import { NOTHING, told, type Told } from './happening';

type Asked = Extract<RolloutCommand, { kind: 'act' }>;

/** What lies outside of the instances, as it really is: routers, flags, hooks, a calendar, and whoever measures. */
export class Outside {
  /** How many acts are under way that somebody waits for. */
  underWay = 0;
  /** Percent of the requests that reach the release; null: nobody touched the routers. */
  weight: number | null = null;
  settled = false;
  /** Flags that aren't as they were before. */
  readonly flags = new Map<string, number | 'off'>();
  private readonly beganAt: number;
  private acts = 0;
  private measured = 0;
  private readonly open = new Map<number, { asked: Asked; cancelled: boolean }>();

  constructor(
    private readonly plan: DeliveryPlan | undefined,
    private readonly clock: Clock,
  ) {
    this.beganAt = clock.now;
  }

  begin(asked: Asked): void {
    const { plan, clock } = this;
    if (!plan) throw new Error('these worlds have nothing but instances');
    this.open.set(asked.number, { asked, cancelled: false });
    if (asked.awaited) this.underWay++;
    clock.planIn(plan.actMs, { kind: 'acted', number: asked.number });
  }

  /** All that is under way is to end early. */
  cancel(): void {
    for (const [number, one] of this.open) {
      if (!one.asked.awaited) continue;
      one.cancelled = true;
      this.clock.planIn(0, { kind: 'acted', number });
    }
  }

  measure(number: number): void {
    const { plan, clock } = this;
    if (!plan) throw new Error('these worlds have nothing but instances');
    const kind = plan.verdicts[this.measured++] ?? 'pass';
    clock.planIn(plan.measureMs, { kind: 'measured', number, verdict: kind });
  }

  end(number: number): Told {
    const one = this.open.get(number);
    if (!one || !this.plan) return NOTHING;
    this.open.delete(number);
    const { asked, cancelled } = one;
    // Nobody waits for it, so nothing may come of it.
    if (!asked.awaited) return told({ kind: 'acted', number }, true);
    this.underWay--;
    if (asked.act.kind === 'read_calendar') return told({ kind: 'acted', number, ...this.closed() });
    const result = cancelled ? this.plan.onCancel : (this.plan.acts[this.acts++] ?? 'done');
    if (result !== 'fails') this.take(asked.act);
    if (result === 'done') return told({ kind: 'acted', number });
    return told({ kind: 'acted', number, fault: cancelled ? `${number} was cancelled` : `no answer to ${number}` });
  }

  private take(act: Act): void {
    switch (act.kind) {
      case 'shift':
        this.weight = act.weight;
        return;
      case 'settle':
        this.settled = true;
        return;
      case 'set_flags':
        for (const { feature, percent } of act.flags) this.flags.set(feature, percent);
        return;
      case 'restore_flags':
        for (const feature of act.features ?? [...this.flags.keys()]) this.flags.delete(feature);
        return;
      case 'hook':
      case 'read_calendar':
        return;
    }
  }

  /** What the calendar says now. */
  private closed(): { closed?: { until: number | null; reason: string } } {
    const { now } = this.clock;
    const at = now - this.beganAt;
    const closure = this.plan?.closures.find(({ fromMs, forMs }) => at >= fromMs && at < fromMs + forMs);
    if (!closure) return {};
    const until = closure.known ? this.beganAt + closure.fromMs + closure.forMs : null;
    return { closed: { until, reason: `frozen from ${closure.fromMs} on` } };
  }
}
