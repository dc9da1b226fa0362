/** Why nothing new starts. */
export type Cause =
  | 'pause'
  | 'threshold'
  | 'analysis'
  | 'traffic'
  | 'hook'
  | 'flags'
  | 'rejected'
  | 'approval_timeout'
  | 'deadline'
  | 'rollback'
  | 'cancel'
  | 'abort';

const RANK: Record<Cause, number> = {
  pause: 0,
  threshold: 1,
  analysis: 1,
  traffic: 1,
  hook: 1,
  flags: 1,
  rejected: 1,
  approval_timeout: 1,
  deadline: 1,
  rollback: 2,
  cancel: 3,
  abort: 4,
};

export function outranks(cause: Cause, current: Cause | null): boolean {
  return current === null || RANK[cause] > RANK[current];
}
