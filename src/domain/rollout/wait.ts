import type { RolloutState } from './state';

/** Whether the stages of a course decide what comes next. */
export function inCourse({ policy, delivery }: RolloutState): boolean {
  return policy.course !== undefined && delivery.at < policy.course.length;
}

/** What was waited for has come, or is waited for no more: the rollout goes on behind it. */
export function passWait(state: RolloutState): void {
  const { wait } = state;
  state.wait = null;
  if (state.status === 'awaiting_approval') state.status = 'running';
  // The calendar is asked again.
  if (!wait || wait.kind === 'calendar') return;
  state.delivery.opened = false;
  // Somebody may have left in the hours that an approval takes.
  if (wait.kind === 'approval' || wait.kind === 'group_approval') state.prepared.read = false;
  if (state.grouping && wait.kind === 'group_bake') {
    state.grouping.baked = true;
    return;
  }
  if (state.grouping && wait.kind === 'group_approval') {
    state.grouping.approved = true;
    return;
  }
  // A batch may ask for an approval of its own, in the middle of a stage.
  const stage = state.policy.course?.[state.delivery.at];
  if (stage !== undefined && (wait.kind !== 'approval' || stage.kind === 'approve')) {
    state.delivery.at++;
    return;
  }
  if (wait.kind === 'pause_between') state.prepared.waited = true;
  else if (wait.kind === 'analyze') state.analysis.done = true;
  else if (wait.kind === 'approval') state.prepared.approved = true;
  else state.closing.baked = true;
}
