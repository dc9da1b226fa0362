import { type RawValue } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { MESSAGE_KINDS, sizeText, type InstanceDocument, type MessageKind } from '../domain';
import type { AnalysisRule } from '../domain/analysis';
import { durationText } from '../domain/duration';
import { countsOf, phaseOf, type Phase } from '../domain/rollout';
import { documentOf } from './document';
import type { Inbox } from './inbox';
import { begin, instances, plan, progress, update, type AdjustFields } from './messages';
import { decoded, rawSignal } from './raw-signal';
import type { Shell } from './shell';

/** Registers every handler at once, before anything is awaited: a message that comes first of all finds its handler. */
export function registerHandlers(shell: Shell, inbox: Inbox): void {
  setHandler(begin, () => shell.answer());
  for (const kind of MESSAGE_KINDS) registerMessage(kind, shell, inbox);
  registerQueries(shell);
}

function registerMessage(kind: MessageKind, shell: Shell, inbox: Inbox): void {
  setHandler(update(kind), (fields?: AdjustFields) => inbox.receive(kind, fields), {
    validator: (fields?: AdjustFields) => inbox.validate(kind, fields),
  });
  setHandler(rawSignal(kind), async (raw?: RawValue) => {
    const fields = decoded(raw);
    try {
      await inbox.receive(kind, fields);
    } catch (error) {
      // Nobody waits for a Signal's answer, and a throw would fail the workflow.
      if (!(error instanceof ApplicationFailure)) throw error;
      shell.note({ type: `${kind}_refused`, reason: error.message, ...sender(fields) });
    }
  });
}

const MOST_SENDER = 200;

/** Who it says that it is from, in a message that may hold anything. */
function sender(fields: unknown): { by?: string } {
  if (typeof fields !== 'object' || fields === null || !('by' in fields)) return {};
  const { by } = fields;
  return typeof by === 'string' ? { by: by.slice(0, MOST_SENDER).replaceAll('\0', '\uFFFD') } : {};
}

function registerQueries(shell: Shell): void {
  setHandler(progress, () => {
    const { began, state } = shell.begun;
    return documentOf(began.document, state, Date.now());
  });
  setHandler(plan, () => planOf(shell));
  setHandler(instances, (page) => instancesOf(shell, page));
}

const MOST_INSTANCES = 1000;

const WORDS: Partial<Record<Phase, string>> = {
  good: 'succeeded',
  restored: 'rolled_back',
  excluded: 'skipped',
  left: 'skipped',
};

/** By ordinal; a member whose name isn't loaded is called by its ordinal. */
function instancesOf(shell: Shell, page: { offset?: number; limit?: number } = {}) {
  const { state, names } = shell.begun;
  const from = Math.max(0, page.offset ?? 0);
  const end = Math.min(countsOf(state).total, from + Math.min(page.limit ?? MOST_INSTANCES, MOST_INSTANCES));
  const listed: InstanceDocument[] = [];
  for (let ordinal = from; ordinal < end; ordinal++) {
    const phase = phaseOf(state, ordinal);
    listed.push({ instance_id: names.peek(ordinal) ?? String(ordinal), state: WORDS[phase] ?? phase });
  }
  return listed;
}

function analysisOf({ durationMs, intervalMs, violations, count, onNoData, onInconclusive }: AnalysisRule): object {
  return {
    monitoring_duration: durationText(durationMs),
    health_check_interval: durationText(intervalMs),
    rollback_threshold_violations: violations,
    count,
    on_no_data: onNoData,
    on_inconclusive: onInconclusive,
  };
}

/** The rules that it goes by now, with what `adjust` changed. */
function planOf(shell: Shell): unknown {
  const { began, state } = shell.begun;
  const { strategy, maxFailures, failedInstances, onFailure, rollbackBatchSize, approvals, deadlineMs, analysis } =
    state.policy;
  const { batching, bakeMs } = strategy;
  return {
    deployment: began.document.id,
    members: countsOf(state).total,
    strategy: {
      type: strategy.kind,
      ...(batching.kind === 'window'
        ? { window: sizeText(batching.size) }
        : { batches: batching.sizes.map(sizeText), pause_between: durationText(batching.pauseBetweenMs) }),
      bake: durationText(bakeMs),
    },
    max_failures: sizeText(maxFailures),
    failed_instances: failedInstances,
    on_failure: onFailure,
    ...(rollbackBatchSize && { rollback: { batch_size: sizeText(rollbackBatchSize) } }),
    approvals: approvals.map(({ beforeBatch, timeoutMs, onTimeout }) => ({
      before_batch: beforeBatch,
      ...(timeoutMs !== undefined && { timeout: durationText(timeoutMs) }),
      on_timeout: onTimeout,
    })),
    ...(analysis && { analysis: analysisOf(analysis) }),
    ...(deadlineMs !== undefined && { timeouts: { deployment: durationText(deadlineMs) } }),
  };
}
