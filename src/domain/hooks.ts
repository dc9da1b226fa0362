/** When hooks run by themselves. Any other name is run by a step of the strategy. */
export const MOMENTS = [
  'pre_deploy',
  'post_deploy',
  'pre_batch',
  'post_batch',
  'pre_traffic',
  'post_traffic',
  'pre_rollback',
  'post_rollback',
  'on_failure',
] as const;
export type Moment = (typeof MOMENTS)[number];

interface Bounded {
  timeoutMs: number;
  /** Whether its failure stops the deployment; otherwise it is recorded, and that is all. */
  gate: boolean;
}

/** Something of the user's that is run in the course of a deployment. */
export type HookSpec = Bounded &
  (
    | { kind: 'command'; run: string[]; directory: string; env: Record<string, string> }
    | { kind: 'http'; url: string; headers: Record<string, string> }
  );

/** By name: a moment, or what a step calls it. */
export type Hooks = Record<string, HookSpec>;
