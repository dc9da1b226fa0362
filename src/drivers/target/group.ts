import { setTimeout as delay } from 'node:timers/promises';

/** From SIGTERM to SIGKILL. */
export const TERM_GRACE_MS = 5_000;
const KILL_GRACE_MS = 1_000;
const POLL_MS = 20;

/** Ends a group and waits until nobody of it is left, not only its leader. */
export async function killGroup(pid: number, graceMs = TERM_GRACE_MS): Promise<void> {
  send(pid, 'SIGTERM');
  if (await gone(pid, graceMs)) return;
  send(pid, 'SIGKILL');
  await gone(pid, KILL_GRACE_MS);
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (send(pid, 0)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Whether there was somebody to send it to. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    // EPERM: somebody is there, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
