import type { TargetDriver } from '../drivers/target/driver';
import type { ActivityDependencies } from './dependencies';
import type { ControlStore, Request } from '../store/types';

/** What never changes about a deployment, and the driver that reaches its instances. */
export interface Deployment {
  request: Request;
  driver: TargetDriver;
}

const KEPT = 50;

/** Remembers requests and drivers, so that a change of one instance needn't read them again. */
export class Deployments {
  private readonly kept = new Map<number, Deployment>();

  constructor(
    private readonly store: ControlStore,
    private readonly drivers: ActivityDependencies['drivers'],
  ) {}

  async of(generation: number): Promise<Deployment> {
    const known = this.kept.get(generation);
    if (known !== undefined) return known;
    const row = await this.store.deployment(generation);
    const request = row && (await this.store.request(row.requestId));
    if (request === undefined) throw new Error(`the deployment ${generation} is not in the database`);
    return this.keep(generation, request);
  }

  /** A request that is in hand already. */
  keep(generation: number, request: Request): Deployment {
    const known = this.kept.get(generation);
    if (known !== undefined) return known;
    const deployment = { request, driver: this.drivers(request.spec.driver, request.spec) };
    this.kept.set(generation, deployment);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return deployment;
  }
}
