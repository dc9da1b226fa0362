/** The workflow counts its log from 0; what activities log by themselves counts down from here. */
export const SEQUENCE = { excluded: -1, included: -2, fleetFile: -3, membership: -10 } as const;
