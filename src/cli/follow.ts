import type { Control, Standing } from '../control/control';
import { Refused } from '../control/errors';
import type { DeploymentName } from '../control/name';
import { isTerminal } from '../domain';
import type { View } from './view';

const POLL_MS = 400;
const BUSY_SHOWN = 8;
/** The workflow says that it ended a moment before the database does; files are written in between. */
const RECORDING_MS = 15_000;
/** How long Temporal may not know it before it is believed. */
const LOST_MS = 5_000;
/** How long nobody may answer before the wait is given up. */
const PATIENCE_MS = 60_000;

export interface FollowOptions {
  view: View;
  /** Resolves when nobody wants to wait any more. */
  interrupted: Promise<void>;
  timeoutMs?: number;
  /** Whether a deployment that waits for a person ends the wait. */
  leaveHeld: boolean;
  pollMs?: number;
}

/** Why following ended, and where the deployment stood then (nowhere when nobody ever told). */
export interface Followed {
  end: 'ended' | 'held' | 'over' | 'interrupted';
  standing?: Standing;
}

/** Shows a deployment until it ends, or the wait does; one call is outstanding at a time. */
export async function follow(control: Control, name: DeploymentName, options: FollowOptions): Promise<Followed> {
  const { view, leaveHeld, pollMs = POLL_MS } = options;
  const began = Date.now();
  let interrupted = false;
  void options.interrupted.then(() => (interrupted = true));
  let standing: Standing | undefined;
  let closedSince: number | undefined;
  let lostSince: number | undefined;
  let silentSince: number | undefined;
  const stop = (end: Followed['end']): Followed => {
    view.end();
    return standing === undefined ? { end } : { end, standing };
  };
  for (;;) {
    try {
      const told = await Promise.race([control.status(name), options.interrupted]);
      if (told === undefined) return stop('interrupted');
      standing = told;
      silentSince = undefined;
      const { document } = standing;
      const busy = view.wantsBusy && document.counts.in_flight > 0 ? await control.busy(name, BUSY_SHOWN) : [];
      view.update(standing, busy);
      if (isTerminal(document.status)) closedSince ??= Date.now();
      lostSince = standing.lost ? (lostSince ?? Date.now()) : undefined;
      if (lostSince !== undefined && Date.now() - lostSince > LOST_MS)
        throw new Refused(standing.notice ?? 'it was lost');
    } catch (error) {
      silentSince ??= Date.now();
      if (error instanceof Refused || Date.now() - silentSince > PATIENCE_MS) throw error;
    }
    if (standing?.recorded === true || (closedSince !== undefined && Date.now() - closedSince > RECORDING_MS))
      return stop('ended');
    if (leaveHeld && standing !== undefined && isHeld(standing)) return stop('held');
    if (interrupted) return stop('interrupted');
    if (options.timeoutMs !== undefined && Date.now() - began >= options.timeoutMs) return stop('over');
    await Promise.race([sleep(pollMs), options.interrupted]);
  }
}

/** Whether only a person can move it on. */
function isHeld({ document }: Standing): boolean {
  return document.status === 'paused' || document.status === 'awaiting_approval';
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
