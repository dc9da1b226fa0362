import type { TargetDriver } from '../drivers/target/driver';
import type { ActivityDependencies } from './dependencies';
import { Routers } from '../drivers/traffic/routers';
import type { ControlStore, Request } from '../store/types';
import type { WorkStore } from '../store/work-store';
import type { Began } from './types';

/** What never changes about a deployment, and the driver that reaches its instances. */
export interface Deployment {
  request: Request;
  driver: TargetDriver;
  /** What is in front of its instances; absent: nothing that could be told. */
  routers?: Routers;
}

const KEPT = 50;

/** Remembers requests and drivers, so that a change of one instance needn't read them again. */
export class Deployments {
  private readonly kept = new Map<number, Deployment>();
  private readonly answers = new Map<number, Began>();

  constructor(
    private readonly store: ControlStore & Pick<WorkStore, 'begun'>,
    private readonly drivers: ActivityDependencies['drivers'],
    private readonly routers: ActivityDependencies['routers'],
  ) {}

  async of(generation: number): Promise<Deployment> {
    const known = this.kept.get(generation);
    if (known !== undefined) return known;
    const row = await this.store.deployment(generation);
    const request = row && (await this.store.request(row.requestId));
    if (request === undefined) throw new Error(`the deployment ${generation} is not in the database`);
    return this.keep(generation, request);
  }

  /** What its begin answered. */
  async begun(generation: number): Promise<Began> {
    const known = this.answers.get(generation) ?? ((await this.store.begun(generation)) as Began | undefined);
    if (known === undefined) throw new Error(`the deployment ${generation} has not begun`);
    this.answers.set(generation, known);
    const oldest = this.answers.keys().next().value;
    if (this.answers.size > KEPT && oldest !== undefined) this.answers.delete(oldest);
    return known;
  }

  /** A request that is in hand already. */
  keep(generation: number, request: Request): Deployment {
    const known = this.kept.get(generation);
    if (known !== undefined) return known;
    const { spec } = request;
    const routers = Routers.of(spec, (traffic) => this.routers(traffic, spec));
    const deployment = { request, driver: this.drivers(spec.driver, spec), ...(routers && { routers }) };
    this.kept.set(generation, deployment);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return deployment;
  }
}
