import type { Probe, Versions } from '../domain';
import { durationText } from '../domain/duration';
import { faultOf, type Goal } from './judge';
import { bounded, sleep, TIME_IS_OVER } from './running';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_000;

export interface GoodWithin {
  goal: Goal;
  assumed: Partial<Versions>;
  /** It must be good for this long without a break, all of it within `withinMs`. */
  forMs: number;
  withinMs: number;
  look: (signal: AbortSignal) => Promise<Probe>;
  signal: AbortSignal;
}

/** How the wait ended; the last look is absent when not even one was answered in time. */
export type Waited = { fault?: string; last?: Probe };

/** Looks at an instance, at first often, until it has been good for long enough or the time is over. */
export async function untilGood(options: GoodWithin): Promise<Waited> {
  const waited: Waited = {};
  const end = await bounded(options.withinMs, options.signal, (signal) => looks(options, waited, signal));
  if (end !== TIME_IS_OVER) return waited;
  const within = durationText(options.withinMs);
  const short = `was healthy for less than ${durationText(options.forMs)} when ${within} were over`;
  return { ...waited, fault: waited.last === undefined ? `no answer within ${within}` : (waited.fault ?? short) };
}

async function looks({ goal, assumed, forMs, look }: GoodWithin, waited: Waited, signal: AbortSignal) {
  let since: number | undefined;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const started = performance.now();
    const probe = await look(signal);
    const fault = faultOf(probe, goal, assumed);
    waited.last = probe;
    if (fault === undefined) {
      delete waited.fault;
      since ??= started;
      const left = forMs - (performance.now() - since);
      if (left <= 0) return;
      await sleep(Math.min(left, Math.max(forMs / 2, 10), LONGEST_WAIT_MS), signal);
    } else {
      waited.fault = fault;
      since = undefined;
      await sleep(wait, signal);
    }
  }
}
