import { ActivityFailure, log, sleep } from '@temporalio/workflow';
import { reasonOf } from './activities';
import type { Shell } from './shell';

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Has something done that the rollout can't go on without. An activity that fails for good (a programming error, as a
 * rule) is tried again later: a worker that was put right in the meantime goes on, and no answer is made up.
 */
export async function persist<T>(what: string, shell: Shell, run: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await run();
    } catch (error) {
      shell.note({ type: 'activity_failed', reason: failureText(what, error) });
      await sleep(wait, { summary: `${what} failed; to be tried again` });
    }
  }
}

/** Has something done for readers' sake: what fails for good is let go. */
export async function attempt(what: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    log.error(failureText(what, error));
  }
}

function failureText(what: string, error: unknown): string {
  if (!(error instanceof ActivityFailure)) throw error;
  return `${what} failed: ${reasonOf(error)}`;
}
