/** How `begin` describes a member to the engine: one byte each, bits of these. */
export const MEMBER = {
  /** Already healthy on the release: not touched. */
  UNCHANGED: 1,
  /** Couldn't be reached and is left out. */
  EXCLUDED: 2,
  /** Not healthy before the first touch: goes first. */
  UNHEALTHY: 4,
} as const;
