import type { Probe } from '../../domain';
import type { ChangeAnswer, EachDriver } from './driver';

/** Of a deployment that has no instances. */
export class NoDriver implements EachDriver {
  readonly execution = 'each';

  async check(): Promise<void> {}

  async probe(): Promise<Probe> {
    return { kind: 'unreachable', reason: 'there are no instances' };
  }

  async change(): Promise<ChangeAnswer> {
    return { kind: 'failed', reason: 'there are no instances', output: '' };
  }
}
