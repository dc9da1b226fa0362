import type { LogEntry } from '../domain/rollout';
import { progressOf, type RolloutState } from '../domain/rollout';

/** A line as it is written; one that asks for an approval says what is approved, and by which command. */
export function worded(entry: LogEntry, id: string, state: RolloutState): LogEntry {
  if (entry.type !== 'approval_requested') return entry;
  // Before a batch or a group there is no more to say.
  const what =
    state.wait?.kind === 'approval' && state.policy.course !== undefined ? `, ${progressOf(state).step.summary}` : '';
  return { ...entry, reason: `${entry.reason ?? ''}${what}: \`belay approve ${id}\`, or \`belay reject ${id}\`` };
}
