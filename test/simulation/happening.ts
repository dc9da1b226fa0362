import type { VerdictKind } from '../../src/domain/analysis';
import type { RolloutEvent } from '../../src/domain/rollout';
import type { Operation, Outcome } from './instance';

/** Things that happen by themselves as time goes on. */
export type Happening =
  | { kind: 'end'; ordinal: number; operation: Operation }
  | { kind: 'slice'; of: Operation['kind'] }
  | { kind: 'repeat'; outcome: Outcome }
  | { kind: 'degrade'; ordinal: number }
  | { kind: 'zombie'; ordinal: number; generation: number }
  | { kind: 'look'; run: number }
  | { kind: 'membership' }
  | { kind: 'swept' }
  | { kind: 'drawn' }
  | { kind: 'acted'; number: number }
  | { kind: 'measured'; number: number; verdict: VerdictKind }
  | { kind: 'person' };

/** What the world tells; `person`: somebody looks at the rollout and does something. */
export type Told = { kind: 'event'; event: RolloutEvent; repeated: boolean } | { kind: 'person' } | { kind: 'nothing' };

export const NOTHING: Told = { kind: 'nothing' };

/** @param repeated it was told before */
export function told(event: RolloutEvent, repeated = false): Told {
  return { kind: 'event', event, repeated };
}
