import type { Progress, RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import type { Cause } from './cause';
import type { Facts } from './facts';
import { must } from './violation';

/** How the event log calls what stops a rollout; what a person asked for is written down with the message, a hook's end by who runs it. */
const WRITTEN: Partial<Record<Cause, string>> = {
  threshold: 'tripped',
  analysis: 'analysis_failed',
  traffic: 'traffic_failed',
  flags: 'flags_failed',
  deadline: 'deadline_passed',
  approval_timeout: 'approval_timed_out',
  cancel: 'cancel_requested',
};

/** Judges what is written down: the event log, and the reasons. */
export class Written {
  constructor(private readonly facts: Facts) {}

  /** What happens is written down, by whom and why: also what was refused. */
  record(
    event: RolloutEvent,
    accepted: boolean,
    commands: RolloutCommand[],
    after: Progress,
    logged: Set<string>,
  ): void {
    const { fresh, cause, drive } = this.facts.course;
    const line = fresh === null ? undefined : WRITTEN[fresh];
    must(line === undefined || logged.has(line), `${fresh} is written down as ${line}`);
    this.facts.batchesWritten += commands.filter((one) => one.kind === 'log' && one.entry.type === 'batch_done').length;
    const end = commands.find((one) => one.kind === 'finish')?.status;
    if (end === 'succeeded') this.batches(this.facts.course.batches);
    if (event.kind !== 'message') return;
    const { kind, by, reason } = event.message;
    const lines = commands.flatMap((one) => (one.kind === 'log' && one.entry.by === by ? [one.entry] : []));
    const due = accepted ? kind : `${kind}_refused`;
    must(lines.length === 1 && lines[0]?.type === due, `${due} is written down ${lines.length} times`);
    must(!accepted || lines[0]?.reason === reason, `${kind} is written down with its reason`);
    const stopped = accepted && fresh !== null && line === undefined && (cause === fresh || drive.kind !== 'forward');
    const why = after.reason ?? '';
    if (stopped)
      must(why.includes(by) && (reason === undefined || why.includes(reason)), `${kind} by ${by}, but: ${why}`);
    // Behind an analysis another wait may come at once.
    const passed = this.facts.scenario.delivery || after.awaiting?.kind !== 'bake';
    if (accepted && kind === 'promote') must(!!passed, 'what was promoted is still waited for');
  }

  /** Each batch that is done is written down, once. */
  batches(done: number): void {
    const { batchesWritten } = this.facts;
    must(batchesWritten === done, `${done} batches are done, but ${batchesWritten} are written down`);
  }

  /** The reason of a trip carries its numbers, also of those that fail while the others end. */
  trip({ reason }: Progress): void {
    const { ledger } = this.facts.course;
    const numbers = /(\d+) of (\d+) instances? failed; the limit is (\d+)/.exec(reason ?? '');
    must(numbers !== null, `a trip carries its numbers, this one says: ${reason}`);
    const [, failed, targeted, limit] = numbers.map(Number);
    must(
      failed === ledger.failed && targeted === ledger.targeted && limit === ledger.allowed,
      `${ledger.failed} of ${ledger.targeted} failed and ${ledger.allowed} are allowed, but it says: ${numbers[0]}`,
    );
  }
}
