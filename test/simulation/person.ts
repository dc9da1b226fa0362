import { MESSAGE_KINDS, type Message, type Size } from '../../src/domain';
import type { Course } from './course';
import type { Answer, MessagePlan } from './scenario';

const BY = 'someone';

/** What was meant, made a message about those who are there now. */
export function messageOf(plan: MessagePlan, course: Course): Message {
  const { kind, picks, from, adjustment } = plan;
  const { ledger } = course;
  switch (kind) {
    case 'adjust': {
      const { size } = adjustment;
      const window = size.kind === 'count' ? Math.max(1, size.count) : 3;
      const batch: Size = size.kind === 'count' ? { kind: 'count', count: Math.max(1, size.count) } : size;
      if (adjustment.kind === 'max_failures') return { kind, by: BY, adjustment: { max_failures: size } };
      const windowed = (ledger.batching.kind === 'window') === (adjustment.kind === 'size');
      return { kind, by: BY, adjustment: windowed ? { window } : { batch_size: batch } };
    }
    case 'retry':
    case 'skip': {
      // What waits can be skipped, and what was skipped can be retried.
      const other = kind === 'skip' ? ('pending' as const) : ('skipped' as const);
      const phaseOf = { failed: 'failed', pending: other, all_pending: other, any: undefined } as const;
      const wanted = phaseOf[from];
      const candidates = ledger.ordinals((phase, one) => !wanted || (phase === wanted && !ledger.gone[one]));
      if (from === 'all_pending') return { kind, by: BY, ordinals: candidates };
      const ordinals = candidates.length === 0 ? [] : picks.map((pick) => candidates[pick % candidates.length] ?? 0);
      return { kind, by: BY, ordinals: [...new Set(ordinals)] };
    }
    default:
      return { kind, by: BY, reason: 'because' };
  }
}

/** What a person does when the rollout waits for one; undefined: leaves it to its timeout. */
export function answerOf(
  answer: Answer,
  course: Course,
  status: string,
  times: boolean,
  asked: number,
): Message | undefined {
  const { ledger } = course;
  if (asked > 12) return { kind: asked % 2 ? 'abort' : 'rollback', by: BY };
  if (status === 'awaiting_approval') {
    if (answer === 'wait' && times) return undefined;
    return { kind: answer === 'stop' ? 'reject' : 'approve', by: BY };
  }
  if (answer === 'stop') return { kind: asked % 2 ? 'abort' : 'rollback', by: BY };
  if (!ledger.over) return { kind: 'resume', by: BY };
  const tries: Message[] = [
    { kind: 'retry', by: BY, ordinals: [] },
    { kind: 'adjust', by: BY, adjustment: { max_failures: { kind: 'percent', percent: 100 } } },
    { kind: 'skip', by: BY, ordinals: [] },
  ];
  // Failed ones that have left can't be retried or skipped.
  const chosen = tries[asked % tries.length];
  const none = ledger.ordinals((phase, one) => phase === 'failed' && !ledger.gone[one]).length === 0;
  return none ? tries[1] : chosen;
}

/** A message that nobody sends, but asks about: another one each time. */
export function anyMessage(times: number, members: number): Message {
  const kind = MESSAGE_KINDS[times % MESSAGE_KINDS.length] ?? 'abort';
  const ordinals = times % 3 === 0 || members === 0 ? [] : [(times * 7) % members];
  const max_failures = { kind: 'count' as const, count: 1 };
  if (kind === 'adjust') return { kind, by: '', adjustment: { max_failures } };
  return kind === 'retry' || kind === 'skip' ? { kind, by: '', ordinals } : { kind, by: '' };
}
