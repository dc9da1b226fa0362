import type { Routing, Split } from '../../src/domain/traffic';
import type { RoutedInstance, TrafficDriver } from '../../src/drivers/traffic/driver';

/** Routers in memory, which notice when requests find nobody. */
export class ScriptedRouters implements TrafficDriver {
  /** Which groups' requests each instance gets. */
  readonly groups = new Map<string, readonly string[]>();
  /** What they were told, in short: `shift 30`, `drain web-01`, `admit web-01 canary`. */
  readonly told: string[] = [];
  /** After which of these a group had requests and nobody to answer them. */
  readonly unserved: string[] = [];
  /** Awaited before each of them. */
  before: (told: string) => Promise<void> | void = () => undefined;

  /** @param split how requests are split at first */
  constructor(
    public split: Split,
    names: readonly string[],
    group: string,
  ) {
    for (const name of names) this.groups.set(name, [group]);
  }

  async refusal(): Promise<undefined> {}

  async read(): Promise<Split> {
    return this.split;
  }

  async shift(split: Split, _: Routing, signal: AbortSignal): Promise<void> {
    await this.is(`shift ${Object.values(split).join('/')}`, signal, () => (this.split = split));
  }

  async drain({ name }: RoutedInstance, signal: AbortSignal): Promise<void> {
    await this.is(`drain ${name}`, signal, () => this.groups.set(name, []));
  }

  async admit({ name }: RoutedInstance, groups: readonly string[], signal: AbortSignal): Promise<void> {
    await this.is(`admit ${name} ${groups.join('+')}`, signal, () => this.groups.set(name, groups));
  }

  private async is(told: string, signal: AbortSignal, change: () => void): Promise<void> {
    await this.before(told);
    change();
    this.told.push(told);
    const served = new Set([...this.groups.values()].flat());
    const lacking = Object.keys(this.split).filter((group) => (this.split[group] ?? 0) > 0 && !served.has(group));
    if (lacking.length > 0) this.unserved.push(told);
    signal.throwIfAborted();
  }
}
