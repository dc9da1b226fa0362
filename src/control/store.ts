import type { ControlStore } from '../store/types';
import type { WorkStore } from '../store/work-store';

/** What the control layer reads and writes by itself. */
export type DirectStore = ControlStore & Pick<WorkStore, 'requestedMembers'>;
