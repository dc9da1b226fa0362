import type { Progress, RolloutCommand } from '../../src/domain/rollout';
import type { Facts } from './facts';
import { must } from './violation';

/** Bounds the time of a rollout by the time of all that it started. */
export class Spending {
  private spentMs = 0;
  private budgetMs = 0;
  private lastNow: number;

  constructor(private readonly facts: Facts) {
    this.lastNow = facts.world.now;
  }

  /** Time that isn't spent waiting for a person has a bound: all that was started, one after another. */
  spend({ status }: Progress): void {
    const { world } = this.facts;
    if (status !== 'paused' && status !== 'awaiting_approval') this.spentMs += world.now - this.lastNow;
    this.lastNow = world.now;
    must(this.spentMs <= this.budgetMs, `it took ${this.spentMs} ms for what takes ${this.budgetMs} ms at most`);
  }

  allow(command: RolloutCommand): void {
    const { scenario, world } = this.facts;
    const { sliceMs, readMs, sweepMs, drawMs } = scenario;
    const takes = (ordinals: number[], key: 'takesMs' | 'restoreTakesMs') =>
      ordinals.reduce((sum, one) => sum + (world.instances[one]?.plan[key] ?? 0) + sliceMs, 0);
    if (command.kind === 'change') this.budgetMs += takes(command.ordinals, 'takesMs');
    if (command.kind === 'restore') this.budgetMs += takes(command.ordinals, 'restoreTakesMs');
    if (command.kind === 'read_membership') this.budgetMs += readMs;
    if (command.kind === 'sweep') this.budgetMs += sweepMs;
    if (command.kind === 'draw_generation') this.budgetMs += drawMs;
    if (command.kind === 'act') this.budgetMs += scenario.delivery?.actMs ?? 0;
    if (command.kind === 'measure') this.budgetMs += (scenario.delivery?.measureMs ?? 0) + scenario.tickLateMs;
  }

  /** A wait has begun. */
  allowWait(ms: number): void {
    this.budgetMs += ms + this.facts.scenario.tickLateMs;
  }
}
