import { closedAt } from '../calendar/closed';
import { plannedFor, type PlannedFreeze } from '../calendar/planned-freeze';
import { instantText } from '../instant';
import type { DeploymentSpec } from '../spec';

/** That it would have to wait now, and until when; nothing where it may begin. */
export function closedNotes(
  spec: DeploymentSpec,
  { freezes, now }: { freezes: readonly PlannedFreeze[]; now: number },
  isOverridden: boolean,
): string[] {
  const closed = closedAt({ windows: spec.windows ?? [], freezes: plannedFor(freezes, spec) }, now);
  if (closed === undefined) return [];
  if (isOverridden) return [`overridden: ${closed.reason}`];
  const end = closed.until === null ? '' : ` until ${instantText(new Date(closed.until))}`;
  return [`it would wait${end}: ${closed.reason}`];
}
