import type { Health, Versions } from '../domain';

/** What an instance was last seen to run, and how it was. Absent versions: they keep what was recorded before. */
export interface InstanceState {
  versions?: Versions;
  health: Health;
}
