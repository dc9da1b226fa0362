import {
  ApplicationFailure,
  CancelledFailure,
  makeContinueAsNewFunc,
  workflowInfo,
  type CancellationScope,
} from '@temporalio/workflow';
import type { StatusDocument } from '../domain';
import type { ContinuedInput } from './input';

/** Failed for what went wrong and was left so, Cancelled for cancelled; everything else is Completed. */
export function closeAs(document: StatusDocument, root: CancellationScope): StatusDocument {
  switch (document.status) {
    case 'failed':
    case 'rollback_incomplete':
      throw ApplicationFailure.create({
        message: document.reason ?? document.status,
        type: document.status,
        nonRetryable: true,
        details: [document],
      });
    case 'cancelled':
      if (!root.consideredCancelled) askedInAnEarlierRun();
      throw new CancelledFailure(document.reason ?? 'cancelled', [document]);
    default:
      return document;
  }
}

/**
 * The SDK closes a workflow as Cancelled only in the very run that was asked to cancel, and offers no way to say so
 * later. A rollback that went on in a new run has to, so this sets what the request would have set.
 */
function askedInAnEarlierRun(): void {
  const { __TEMPORAL_ACTIVATOR__: activator } = globalThis as { __TEMPORAL_ACTIVATOR__?: { cancelled: boolean } };
  if (activator) activator.cancelled = true;
}

/** What was upserted into the memo would not be inherited. */
export function continueWith(input: ContinuedInput): Promise<never> {
  const { memo, typedSearchAttributes } = workflowInfo();
  const next = makeContinueAsNewFunc<(input: ContinuedInput) => Promise<unknown>>({
    ...(memo && { memo }),
    typedSearchAttributes,
  });
  return next(input);
}
