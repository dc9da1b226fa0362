import type { Moment } from '../hooks';
import type { RolloutCommand } from './command';
import type { Act } from './stage';
import type { RolloutState } from './state';

/** What routers were told. */
export interface Shared {
  /** Percent of the requests that the release has, as every router confirmed; null: nobody was told yet. */
  weight: number | null;
  /** The most that it may have, whatever became of the last shift: what was asked for is taken back like what was done. */
  exposed: number;
  /** The release is what is stable: asked for, and confirmed. */
  settling: boolean;
  settled: boolean;
}

/** How far a course is, and what was done to anything other than an instance. Where groups have routers of their own, those of the one under way. */
export interface Delivery extends Shared {
  /** The stage of the course that is under way. */
  at: number;
  /** Whether routers are kept as they were set. */
  guarded: boolean;
  /** Acts that were asked for, and the one that is awaited. */
  acts: number;
  act: { number: number; act: Act } | null;
  /** For what each hook was run last. */
  hooked: Partial<Record<Moment, string>>;
  /** Whether it may go forward: looked up for what comes next. */
  opened: boolean;
  /** Why it may not, since when, and until when that is known. */
  closed: { since: number; reason: string; until: number | null } | null;
  /** Whether any flag may have been set. */
  flagged: boolean;
  /** Flags that are set: percent of users, or off. */
  features: Record<string, number | 'off'>;
  /** Those that were taken back, and why. */
  dropped: Record<string, string>;
  /** What on the way back couldn't be done, in words. */
  faults: string[];
}

export const NOTHING_SHARED: Shared = { weight: null, exposed: 0, settling: false, settled: false };

/** @param opened whether somebody looked just now if it may go forward */
export function nothingDelivered(opened: boolean): Delivery {
  return {
    ...NOTHING_SHARED,
    at: 0,
    guarded: false,
    acts: 0,
    act: null,
    hooked: {},
    opened,
    closed: null,
    flagged: false,
    features: {},
    dropped: {},
    faults: [],
  };
}

/** Asks for an act; one that is awaited holds up whatever comes next. */
export function ask({ delivery }: RolloutState, act: Act, commands: RolloutCommand[], awaited = true): void {
  const number = delivery.acts++;
  if (awaited) delivery.act = { number, act };
  if (act.kind === 'shift') delivery.exposed = Math.max(delivery.exposed, act.weight);
  else if (act.kind === 'settle') delivery.settling = true;
  else if (act.kind === 'set_flags') delivery.flagged = true;
  commands.push({ kind: 'act', number, act, awaited });
}

/** Asks the calendar, where there is one and nobody has for what comes next; whether it has to be waited for. */
export function calendarFirst(state: RolloutState, commands: RolloutCommand[]): boolean {
  if (state.policy.calendar === undefined || state.delivery.opened) return false;
  ask(state, { kind: 'read_calendar' }, commands);
  return true;
}

/** Whether the release runs well anywhere, so that it can have requests. */
export function runsWell({ members }: RolloutState): boolean {
  return members.here('good') + members.here('unchanged') > 0;
}

/** Whether some of the requests may reach the release through a router that can be told otherwise. */
export function isExposed({ policy, delivery }: RolloutState): boolean {
  return policy.router === true && delivery.exposed > 0 && !delivery.settling;
}
