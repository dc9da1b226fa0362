/** Days of the week, Monday first. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** When a deployment may go forward: between two times of the day, in a time zone. One that ends before it begins ends the next day. */
export interface DeploymentWindow {
  /** At least one: the days on which it begins. */
  days: Day[];
  /** Minutes since midnight. */
  from: number;
  to: number;
  /** As the IANA calls it: `Europe/Berlin`. */
  timeZone: string;
}
