import type { Split } from '../../domain/traffic';
import type { TrafficDriver } from './driver';

/** Of a fleet that has no router: the share of instances is the share of the requests, and nobody knows more. */
export class NopDriver implements TrafficDriver {
  async refusal(): Promise<undefined> {
    return undefined;
  }

  async read(): Promise<Split> {
    return {};
  }

  async shift(): Promise<void> {}

  async drain(): Promise<void> {}

  async admit(): Promise<void> {}
}
