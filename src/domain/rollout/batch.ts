import { sizeOf } from '../size';
import type { RolloutCommand } from './command';
import { baseOf } from './grouping';
import { MAX_IN_FLIGHT } from './policy';
import { notPrepared, type RolloutState } from './state';

/** Opens the next batch and starts as many as it may have in flight. */
/** @param most how many it may change; absent: as many as a batch has */
export function startBatch(state: RolloutState, commands: RolloutCommand[], most = Infinity): void {
  const { batching } = state.policy.strategy;
  const pending = state.members.number('pending');
  state.batchNumber++;
  const asked = sizeOf(batchSize(state, state.batchNumber), baseOf(state));
  const size = Math.min(asked, pending, most);
  state.batch =
    batching.kind === 'window'
      ? { left: null, concurrency: Math.min(asked, MAX_IN_FLIGHT) }
      : { left: size, concurrency: Math.min(size, MAX_IN_FLIGHT) };
  state.largestBatch = Math.max(state.largestBatch, size);
  state.prepared = notPrepared();
  state.closing.swept = false;
  state.delivery.opened = false;
  // Also after the batch of those who joined last: whatever was changed is watched for as long as the others were.
  state.closing.baked = false;
  state.analysis.done = false;
  fillBatch(state, commands);
}

/** Starts the next members while the open batch has slots, and closes it when it has nothing left. */
export function fillBatch(state: RolloutState, commands: RolloutCommand[]): void {
  const { batch, members } = state;
  if (!batch) return;
  const changing = members.number('changing');
  const remaining = Math.min(batch.left ?? Infinity, members.number('pending'));
  if (remaining === 0) {
    if (changing === 0) closeBatch(state, commands);
    return;
  }
  if (state.hold) return;
  const ordinals = takePending(state, Math.min(batch.concurrency - changing, remaining));
  if (ordinals.length === 0) return;
  if (batch.left !== null) batch.left -= ordinals.length;
  commands.push({ kind: 'change', ordinals, round: state.round });
}

/** Told when it is done, not when it begins: then there is something to tell, and it is written while stock is taken. */
function closeBatch(state: RolloutState, commands: RolloutCommand[]): void {
  const { batchNumber, members } = state;
  state.batch = null;
  const reason = `batch ${batchNumber}: ${members.number('good')} good and ${members.number('failed')} failed so far`;
  commands.push({ kind: 'log', entry: { type: 'batch_done', reason } });
}

/** The size that the strategy gives to the nth batch, counted from 1; the last one repeats. */
export function batchSize(state: RolloutState, number: number) {
  const { batching } = state.policy.strategy;
  if (batching.kind === 'window') return batching.size;
  const { sizes } = batching;
  const within = number - (state.grouping?.batchesBefore ?? 0);
  return sizes[Math.min(within, sizes.length) - 1] ?? { kind: 'count' as const, count: 1 };
}

function takePending(state: RolloutState, wanted: number): number[] {
  const taken: number[] = [];
  const { members } = state;
  for (; taken.length < wanted && state.cursor < members.total; state.cursor++) {
    const ordinal = members.at(state.cursor);
    if (ordinal === undefined || members.phase(ordinal) !== 'pending') continue;
    members.start(state.cursor, ordinal);
    taken.push(ordinal);
  }
  return taken;
}
