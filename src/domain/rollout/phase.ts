/** Where a member stands. Their order is the code that is packed: append only. */
export const PHASES = [
  'pending',
  'changing',
  'good',
  'failed',
  'unchanged',
  'skipped',
  'excluded',
  'restoring',
  'restored',
  'unresolved',
  'left',
  'waiting',
] as const;
export type Phase = (typeof PHASES)[number];
