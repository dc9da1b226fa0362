import type { StockInput } from '../../src/activities/types';
import { CancelledFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { createRollout, decide, packRollout } from '../../src/domain/rollout';
import { policy } from '../support/rollout';
import { Gate, Stand, type Trial } from './stand';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.open();
});
afterAll(() => stand.shut());

interface RunOf {
  runId: string;
  events: number;
  /** Bytes of the input that it was given. */
  input: number;
  cancelRequested: boolean;
}

/** Every run of a deployment, the first one first. */
async function runsOf(trial: Trial): Promise<RunOf[]> {
  const runs: RunOf[] = [];
  let runId = await firstRun(trial.handle);
  while (runId !== '') {
    const { run, next } = await runOf(trial.handle.workflowId, runId);
    runs.push(run);
    runId = next;
  }
  return runs;
}

async function runOf(workflowId: string, runId: string): Promise<{ run: RunOf; next: string }> {
  const history = await stand.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const events = history.events ?? [];
  const payloads = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const run = {
    runId,
    events: events.length,
    input: payloads.reduce((sum, one) => sum + (one.data?.length ?? 0), 0),
    cancelRequested: events.some((event) => event.workflowExecutionCancelRequestedEventAttributes),
  };
  return { run, next: events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '' };
}

async function firstRun(handle: WorkflowHandle): Promise<string> {
  const { raw } = await handle.describe();
  return raw.workflowExecutionInfo?.firstRunId ?? '';
}

describe('a deployment whose history grows long', () => {
  it('goes on in a new run, and nothing is done twice or left out', async () => {
    const world = stand.world({ members: 40, policy: policy({ sizes: [1, 5] }), patrolled: true });
    const trial = await stand.start(world, { continueAfterEvents: 70 });
    expect(await trial.result()).toMatchObject({ status: 'succeeded', counts: { total: 40, succeeded: 40 } });
    expect(world.order('changeInstance').sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, each) => each));
    expect(world.lines.map(({ sequence }) => sequence)).toEqual(world.lines.map((_, index) => index));
    expect(world.count('begin')).toBe(1);
    const taken = world.calls.filter(({ activity }) => activity === 'takeStock');
    const numbers = taken.flatMap(({ input }) => (input as StockInput).membership?.number ?? []);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(numbers.length).toBeGreaterThan(3);
    expect((await runsOf(trial)).length).toBeGreaterThan(3);
  });

  it('keeps what the Web UI shows, and answers `begin` again', async () => {
    const gate = new Gate();
    const world = stand.world({
      members: 8,
      policy: policy({ sizes: [1] }),
      change: ({ ordinal }) => (ordinal === 6 ? gate.wait() : undefined),
    });
    const trial = await stand.start(world, { continueAfterEvents: 50 });
    await gate.reached;
    const { memo, searchAttributes, runId } = await trial.handle.describe();
    expect(runId).not.toBe(await firstRun(trial.handle));
    expect(memo).toMatchObject({ actor: 'ada', generation: world.generation });
    expect(searchAttributes).toMatchObject({ BelayService: [`service-${world.generation}`], BelayStatus: ['running'] });
    expect(await trial.handle.executeUpdate('begin')).toEqual(trial.begun);
    gate.open();
    await trial.result();
  });

  it('goes on going back in a new run', async () => {
    const world = stand.world({
      members: 30,
      policy: policy({ sizes: [9] }),
      change: ({ ordinal }) => (ordinal === 26 ? { result: 'failed', reason: 'answered 503' } : undefined),
    });
    const trial = await stand.start(world, { continueAfterEvents: 80 });
    const document = await trial.result();
    expect(document).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 27 } });
    const back = world.order('restoreInstance');
    expect(new Set(back).size).toBe(27);
    expect(back).toHaveLength(27);
    expect(world.count('drawGeneration')).toBe(1);
    expect((await runsOf(trial)).length).toBeGreaterThan(2);
  });

  it('closes as Cancelled though the request came in an earlier run', async () => {
    const gate = new Gate();
    const world = stand.world({
      members: 24,
      policy: policy({ sizes: [12, 12] }),
      change: ({ ordinal }) => (ordinal === 12 ? gate.wait() : undefined),
    });
    const trial = await stand.start(world, { continueAfterEvents: 60 });
    await gate.reached;
    await trial.handle.cancel();
    expect(await trial.failure()).toBeInstanceOf(CancelledFailure);
    expect((await trial.handle.describe()).status.name).toBe('CANCELLED');
    expect(world.end).toMatchObject({ status: 'cancelled', counts: { rolled_back: 24 } });
    const requested = (await runsOf(trial)).map(({ cancelRequested }) => cancelRequested);
    expect(requested.at(-1)).toBe(false);
    expect(requested).toContain(true);
  });

  it.each([
    ['on the way forward', undefined],
    ['on the way back', 20],
  ])('loses no message and applies none twice, %s', async (_, bad) => {
    const sent: Promise<Sent>[] = [];
    const world = stand.world({
      members: 30,
      policy: policy({ sizes: [3] }),
      change: ({ ordinal }) => (ordinal === bad ? { result: 'failed', reason: 'answered 503' } : undefined),
      at: ({ activity, when }) => {
        if (when === 'before' || (activity !== 'changeInstance' && activity !== 'restoreInstance')) return;
        sent.push(sendBoth(trial, `message-${sent.length}`));
      },
    });
    const trial = stand.trial(world);
    await stand.start(world, { continueAfterEvents: 120 });
    const document = await trial.ended();
    expect(document.status).toBe(bad === undefined ? 'succeeded' : 'rolled_back');
    expect((await runsOf(trial)).length).toBeGreaterThan(2);
    const all = await Promise.all(sent);
    expect(all.length).toBeGreaterThan(29);
    expect(all.some(({ accepted }) => accepted)).toBe(true);
    for (const { id, accepted, delivered } of all) {
      const applied = world.logged('adjust').filter(({ by }) => by === id).length;
      const refused = world.logged('adjust_refused').filter(({ by }) => by === id).length;
      expect(applied).toBeLessThanOrEqual(1);
      if (accepted) expect({ id, applied }).toEqual({ id, applied: 1 });
      if (delivered) expect({ id, heard: applied + refused > 0 }).toEqual({ id, heard: true });
    }
  });
});

interface Sent {
  id: string;
  /** As an Update. */
  accepted: boolean;
  /** As a Signal. */
  delivered: boolean;
}

/** Sends one message both ways at once; its id is found again in the event log. */
async function sendBoth(trial: Trial, id: string): Promise<Sent> {
  const fields = { request_id: id, by: id, max_failures: 0 };
  const [update, signal] = await Promise.allSettled([trial.send('adjust', fields), trial.signal('adjust', fields)]);
  return { id, accepted: update.status === 'fulfilled', delivered: signal.status === 'fulfilled' };
}

describe('the largest deployment', () => {
  it('hands less than 64 KiB to the next run, whatever its members went through', () => {
    const state = createRollout({
      mode: 'forward',
      generation: 1,
      policy: policy({ window: 500, maxFailures: { kind: 'percent', percent: 90 } }),
      members: new Uint8Array(10_000),
    });
    const waiting = decide(state, { kind: 'start' }, 0).commands;
    for (let command = waiting.shift(); command; command = waiting.shift()) {
      if (command.kind !== 'change') continue;
      const outcomes = command.ordinals.map((ordinal) => ({
        ordinal,
        name: 'n'.repeat(63),
        result: ordinal % 2 === 0 ? ('failed' as const) : ('good' as const),
        attempts: 3,
        reason: 'r'.repeat(500),
      }));
      waiting.push(...decide(state, { kind: 'changed', outcomes }, 0).commands);
    }
    expect(state.members.counts()).toMatchObject({ failed: 5000, succeeded: 5000 });
    const applied = Array.from({ length: 200 }, (_, index) => String(index).padStart(64, 'x'));
    const size = JSON.stringify({ rollout: packRollout(state), applied }).length;
    expect(size).toBeLessThan(64 * 1024);
  });

  it('keeps every run far below what Temporal bears, with 500 in flight, too', async () => {
    const world = stand.world({ members: 1100, policy: policy({ window: 500 }) });
    const trial = await stand.start(world, { continueAfterEvents: 1000 });
    expect(await trial.result()).toMatchObject({ status: 'succeeded', counts: { succeeded: 1100 } });
    const runs = await runsOf(trial);
    expect(runs.length).toBeGreaterThan(1);
    // After the limit, each of those in flight writes its end; nothing else is begun.
    for (const { events } of runs) expect(events).toBeLessThan(1000 + 500 * 7);
    for (const { input } of runs) expect(input).toBeLessThan(64 * 1024);
    expect(new Set(world.order('changeInstance')).size).toBe(1100);
    expect(world.count('changeInstance')).toBe(1100);
  }, 120_000);
});
