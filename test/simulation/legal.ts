import type { Message } from '../../src/domain';
import type { Progress } from '../../src/domain/rollout';
import { outranks } from './cause';
import type { Course } from './course';
import { Violation } from './violation';

/** Whether a message is welcome now; undefined: the rules leave it open. */
function isWelcome(course: Course, message: Message, shown: Progress): boolean | undefined {
  const { drive, cause, ledger } = course;
  if (drive.kind === 'ended') return false;
  const back = drive.kind === 'back';
  const awaiting = shown.status === 'awaiting_approval';
  /** Nothing but a pause stands in the way. */
  const open = !back && (cause === null || cause === 'pause');
  switch (message.kind) {
    case 'abort':
      return cause !== 'abort';
    case 'rollback':
      if (drive.kind === 'back' && drive.which !== 'failed') return false;
      return outranks('rollback', cause);
    case 'pause':
      return drive.kind === 'forward' && cause === null;
    case 'resume':
      return (drive.kind === 'paused' || (drive.kind === 'forward' && cause === 'pause')) && !ledger.over;
    case 'approve':
    case 'reject':
      return awaiting;
    case 'promote':
      return shown.awaiting?.kind === 'bake' || shown.awaiting?.kind === 'analysis';
    case 'adjust': {
      const { batch_size, window } = message.adjustment;
      if (batch_size !== undefined && ledger.batching.kind === 'window') return false;
      if (window !== undefined && ledger.batching.kind === 'batches') return false;
      return open;
    }
    case 'retry':
    case 'skip': {
      if (!open) return false;
      if (message.ordinals.length === 0) {
        if (ledger.failed === 0) return false;
        return ledger.chosen(message).length > 0 ? true : undefined;
      }
      return message.ordinals.every((one) => {
        const phase = ledger.phases[one];
        const other = message.kind === 'skip' ? 'pending' : 'skipped';
        return !ledger.gone[one] && (phase === 'failed' || phase === other);
      });
    }
  }
}

/**
 * Asserts that a message is refused when it isn't welcome, and only then.
 * @param refused why the engine refuses it; undefined: it doesn't
 */
export function judgeRefusal(course: Course, message: Message, shown: Progress, refused: string | undefined): void {
  const welcome = isWelcome(course, message, shown);
  if (welcome === undefined || welcome === (refused === undefined)) return;
  const what = `${message.kind} while ${course.cause ?? course.drive.kind} (${shown.status})`;
  throw new Violation(`${what} is ${refused === undefined ? 'accepted' : `refused: ${refused}`}`);
}
