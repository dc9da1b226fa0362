export { StoreTooNew, StoreUnreachable, withoutPassword } from './errors';
export { migrate } from './migrate';
export { openStore, type Store } from './open';
export { peekEarlier, peekFreezes, peekRecorded } from './peek';
export type * from './types';
export type * from './work';
