import { HEALTH, type Probe } from '../../src/domain';
import type { BulkDriver, BulkLimits, BulkProgress, TargetChange } from '../../src/drivers/target/driver';

const OLD: Probe = { kind: 'answered', health: HEALTH.HEALTHY, codeVersion: '1.0.0', configurationVersion: '1' };

/** Instances that change themselves, as a test says; they have become what they should when nothing is said. */
export class ScriptedBulk implements BulkDriver {
  readonly execution = 'bulk';
  readonly begun: TargetChange[] = [];
  readonly withdrawn: TargetChange[] = [];
  readonly limits: BulkLimits[] = [];
  /** How many questions were asked. */
  asked = 0;
  onBegin: (() => void) | undefined;
  onAsk: ((change: TargetChange) => BulkProgress | undefined) | undefined;

  async check(): Promise<void> {}

  async probe(): Promise<Probe> {
    return OLD;
  }

  async begin(changes: TargetChange[]): Promise<void> {
    this.onBegin?.();
    this.begun.push(...changes);
  }

  async withdraw(changes: TargetChange[]): Promise<string[]> {
    this.withdrawn.push(...changes);
    return changes.map(({ instance }) => instance.name);
  }

  async progress(changes: TargetChange[], limits: BulkLimits): Promise<BulkProgress[]> {
    this.asked++;
    this.limits.push(limits);
    return changes.map((change): BulkProgress => {
      const there: Probe = { kind: 'answered', health: HEALTH.HEALTHY, ...change.target };
      return this.onAsk?.(change) ?? { kind: 'good', probe: there };
    });
  }
}

/** What is told of one that goes on. */
export const STILL: BulkProgress = { kind: 'waiting', probe: OLD };
/** What is told of one that failed. */
export const BROKEN: BulkProgress = { kind: 'bad', reason: 'it reports that it failed', probe: OLD };
