import type * as engineModule from '../../src/domain/rollout';

/** The engine under test: the real one, or one with a fault planted in it. */
export type Engine = typeof engineModule;
