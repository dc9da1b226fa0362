import type { RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import type { Act } from '../../src/domain/rollout/stage';
import { MOMENTS } from '../../src/domain/hooks';
import type { Cause } from './cause';
import type { DeliveryPlan } from './delivery-plan';
import { must } from './violation';

/** What an event comes to: why it stops, if it does. */
type Came = Cause | null;

/**
 * What is known of requests, acts, flags and analyses: kept from the events told and the commands given alone, by the
 * rules written a second time.
 */
export class Delivery {
  /** Percent of the requests, as confirmed; and the most that it may be, whatever became of the last shift. */
  weight: number | null = null;
  exposed = 0;
  settling = false;
  settled = false;
  /** The act that is awaited. */
  act: { number: number; act: Act } | null = null;
  readonly flags = new Map<string, number | 'off'>();
  readonly dropped = new Set<string>();
  flagged = false;
  /** By hook and occasion. */
  readonly hooks = new Map<string, 'asked' | 'done' | 'failed'>();
  /** Kinds of acts that couldn't be done on the way back. */
  faults: Act['kind'][] = [];
  /** Somebody has looked if it may go forward, since something took its time; and it may not. */
  opened: boolean;
  closed = false;
  watching = false;
  asked: { number: number; whole: boolean } | null = null;
  /** What was under way is judged, or let pass by a person or in time: since the stage began, and since requests rose. */
  granted = false;
  judged = false;
  private consecutive = 0;
  private total = 0;
  private feature: string | null = null;

  constructor(private readonly plan: DeliveryPlan | undefined) {
    this.opened = plan?.calendar !== 'windows';
  }

  /** Requests may reach the release by a router that can be told otherwise. */
  get exposes(): boolean {
    return this.routed && this.exposed > 0 && !this.settling;
  }

  get routed(): boolean {
    return this.plan?.router === true && ['canary', 'blue_green'].includes(this.plan.strategy?.kind ?? '');
  }

  /** Going back is to switch back: nothing is done to any instance. */
  get isSwitched(): boolean {
    return this.plan?.strategy?.kind === 'blue_green' && this.exposed > 0;
  }

  command(command: RolloutCommand, until: number | undefined): void {
    if (command.kind === 'measure') {
      this.asked = { number: command.number, whole: until !== undefined && command.until >= until };
    }
    if (command.kind !== 'act') return;
    const { act, number, awaited } = command;
    if (awaited) this.act = { number, act };
    switch (act.kind) {
      case 'shift':
        this.exposed = Math.max(this.exposed, act.weight);
        return;
      case 'settle':
        this.settling = true;
        return;
      case 'set_flags':
        this.flagged = true;
        this.feature = act.flags[0]?.feature ?? null;
        return;
      case 'hook':
        this.hooks.set(occasion(act), 'asked');
        return;
      case 'restore_flags':
      case 'read_calendar':
        return;
    }
  }

  acted({ number, fault, closed }: Extract<RolloutEvent, { kind: 'acted' }>, back: boolean): Came {
    if (this.act?.number !== number) return null;
    const { act } = this.act;
    this.act = null;
    if (closed) {
      this.closed = true;
      return null;
    }
    if (fault === undefined) this.done(act);
    else if (act.kind === 'hook') this.hooks.set(occasion(act), 'failed');
    if (fault === undefined) return null;
    if (back) this.faults.push(act.kind);
    if (back) return null;
    switch (act.kind) {
      case 'shift':
        return 'traffic';
      case 'settle':
        return 'pause';
      case 'hook':
        return 'hook';
      case 'set_flags':
      case 'restore_flags':
      case 'read_calendar':
        return 'flags';
    }
  }

  private done(act: Act): void {
    switch (act.kind) {
      case 'shift':
        if (act.weight > (this.weight ?? 0)) this.judged = false;
        this.weight = act.weight;
        this.exposed = act.weight;
        this.faults = this.faults.filter((kind) => kind !== 'shift');
        return;
      case 'settle':
        this.settled = true;
        return;
      case 'hook':
        this.hooks.set(occasion(act), 'done');
        if ((MOMENTS as readonly string[]).includes(act.hook)) return;
        this.granted = true;
        this.opened = false;
        return;
      case 'set_flags':
        for (const { feature, percent } of act.flags) this.flags.set(feature, percent);
        if (this.plan?.strategy === null) this.judged = false;
        return;
      case 'restore_flags':
        for (const feature of act.features ?? [...this.flags.keys()]) this.flags.delete(feature);
        if (act.features === undefined) this.flagged = false;
        return;
      case 'read_calendar':
        this.opened = true;
        this.closed = false;
        return;
    }
  }

  measured({ number, verdict }: Extract<RolloutEvent, { kind: 'measured' }>): Came {
    const rule = this.plan?.analysis;
    if (!this.watching || this.asked?.number !== number || !rule) return null;
    const { whole } = this.asked;
    this.asked = null;
    if (verdict.kind === 'fail') {
      this.consecutive++;
      this.total++;
      return whole || this[rule.count] >= rule.violations ? this.blame() : null;
    }
    if (verdict.kind === 'pass') {
      this.consecutive = 0;
      if (whole) this.pass();
      return null;
    }
    const then = verdict.kind === 'no_data' ? rule.onNoData : rule.onInconclusive;
    if (!whole || then === 'wait') return null;
    return then === 'fail' ? this.blame() : 'pause';
  }

  /** It is seen to be watched: what failed before says nothing of that. */
  seen(watching: boolean): void {
    if (watching && !this.watching && this.plan?.analysis?.count === 'consecutive') this.consecutive = 0;
    this.watching = watching;
    if (!watching) this.asked = null;
  }

  /** What was waited for has come, in time or by a person. */
  pass(): void {
    this.watching = false;
    this.asked = null;
    this.granted = true;
    this.judged = true;
    this.opened = false;
  }

  private blame(): Came {
    const { strategy } = this.plan ?? {};
    if (strategy?.kind !== 'feature_flags' || strategy.onViolation !== 'feature') return 'analysis';
    must(this.feature !== null, 'what violates is a feature that was changed');
    this.dropped.add(this.feature);
    this.consecutive = 0;
    this.total = 0;
    this.pass();
    return null;
  }
}

export function occasion({ hook, moment }: Extract<Act, { kind: 'hook' }>): string {
  return `${hook} of ${moment}`;
}
