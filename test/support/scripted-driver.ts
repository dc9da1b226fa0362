import { HEALTH, type Health, type Probe, type Versions } from '../../src/domain';
import type { ChangeAnswer, TargetChange, EachDriver, TargetInstance } from '../../src/drivers/target/driver';

/** An instance of the scripted fleet; without versions its health tells none. */
export interface ScriptedInstance {
  versions?: Versions;
  health: Health;
  reachable: boolean;
}

/** A driver whose instances live in memory, and do what a test says. Changes work unless `onChange` answers otherwise. */
export class ScriptedDriver implements EachDriver {
  readonly execution = 'each';
  readonly fleet = new Map<string, ScriptedInstance>();
  readonly changes: TargetChange[] = [];
  probes = 0;
  refuses: Error | undefined;
  onChange:
    | ((
        change: TargetChange,
        signal: AbortSignal,
        stopped?: (output: string) => void,
      ) => Promise<ChangeAnswer | undefined>)
    | undefined;
  onProbe: ((instance: TargetInstance) => Probe | undefined) | undefined;

  put(names: string[], versions?: Versions, health: Health = HEALTH.HEALTHY): this {
    for (const name of names) this.fleet.set(name, { ...(versions && { versions }), health, reachable: true });
    return this;
  }

  async check(): Promise<void> {
    if (this.refuses) throw this.refuses;
  }

  async probe(instance: TargetInstance, signal: AbortSignal): Promise<Probe> {
    signal.throwIfAborted();
    this.probes++;
    const scripted = this.onProbe?.(instance);
    if (scripted) return scripted;
    const one = this.fleet.get(instance.name);
    if (!one?.reachable) return { kind: 'unreachable', reason: `no answer: connection refused by ${instance.name}` };
    return {
      kind: 'answered',
      health: one.health,
      ...one.versions,
      ...(one.health === HEALTH.HEALTHY ? {} : { reason: 'health check answered 503, wanted 200' }),
    };
  }

  async change(change: TargetChange, signal: AbortSignal, stopped?: (output: string) => void): Promise<ChangeAnswer> {
    this.changes.push(change);
    const scripted = await this.onChange?.(change, signal, stopped);
    if (scripted) return scripted;
    const before = this.fleet.get(change.instance.name);
    const told = before && !before.versions ? {} : { versions: change.target };
    this.fleet.set(change.instance.name, { ...told, health: change.targetHealth, reachable: true });
    return { kind: 'done', output: `now ${change.target.codeVersion}\n` };
  }
}

/** Until it is told to stop. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}
