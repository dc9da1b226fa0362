export { StoreTooNew, StoreUnreachable, withoutPassword } from './errors';
export { migrate } from './migrate';
export { openStore, type Store } from './open';
export {
  noteEvent,
  peekAgentReports,
  peekArtifactUses,
  peekEarlier,
  peekFlags,
  peekFreezes,
  peekMatching,
  peekRecorded,
} from './peek';
export type * from './deployed-flag-types';
export type * from './flag-types';
export type * from './instance-state';
export type * from './inventory-types';
export type * from './token-types';
export type * from './membership-read';
export type * from './reconcile-types';
export type * from './types';
export type * from './work-attempt';
export type * from './work-member';
export type * from './work-store';
