import * as rollout from '../../src/domain/rollout';
import { policyOf } from '../../src/domain/strategies/policy';

/** The engine under test: the real one, or one with a fault planted in it. */
export type Engine = typeof rollout & { policyOf: typeof policyOf };

export const ENGINE: Engine = { ...rollout, policyOf };
