/** The workflow counts its log from 0; what activities log by themselves counts down from here. */
export const SEQUENCE = {
  excluded: -1,
  included: -2,
  fleetFile: -3,
  closed: -4,
  mingled: -5,
  membership: -10,
  frozen: -1_000_000_000,
} as const;
