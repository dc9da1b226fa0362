import type { Joiner } from '../../src/domain/rollout';
import { told, type Told } from './happening';
import { newInstance, type Instance } from './instance';
import type { MemberPlan, Scenario } from './scenario';

/** The instances as they really are, and who joins, leaves and comes back from one read to the next. */
export class Fleet {
  readonly instances: Instance[] = [];
  private reads = 0;

  constructor(private readonly scenario: Scenario) {
    for (let round = 0; round < scenario.times; round++) {
      for (const plan of scenario.members) this.settle(plan, plan.flag === 'unchanged');
    }
  }

  /** Tells who has joined, left and returned since the last time. */
  read(): Told {
    const { scenario, instances } = this;
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

  private settle(plan: MemberPlan, atRelease: boolean): Instance {
    const instance = newInstance(this.instances.length, plan, atRelease, this.scenario.mode === 'rollback');
    this.instances.push(instance);
    return instance;
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
