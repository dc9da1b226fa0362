import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { StatusDocument } from '../../src/domain';
import type { VerdictKind } from '../../src/domain/analysis';
import { blueGreen, canary, features, hooks, watching } from '../support/delivery';
import { policy } from '../support/rollout';
import { workflowBundle } from '../support/temporal';
import { Gate, quiet, SILENT, Stand, type Trial } from './stand';
import type { WorldOptions } from './world';

/**
 * Histories of deployments as they ran with earlier code. When a change makes one fail on purpose, guard it with
 * `patched()`. `BELAY_RECORD=1 npx jest test/workflows/replay.test.ts` adds what is missing, and never replaces one.
 */
const FOLDER = join(__dirname, '../histories');

beforeAll(quiet);

describe('stored histories', () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

  it('are there', () => {
    expect(files.length).toBeGreaterThanOrEqual(Object.keys(RECIPES).length);
  });

  it.each(files)('%s is replayed', async (file) => {
    await Worker.runReplayHistory({ workflowBundle: workflowBundle() }, read(file));
  });

  it('are not replayed by code that does things in another order', async () => {
    const reordered = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../src/workflows'),
      workflowInterceptorModules: [require.resolve('./reordered')],
      logger: SILENT,
    });
    const replay = Worker.runReplayHistory({ workflowBundle: reordered }, read('succeeded.json'));
    await expect(replay).rejects.toThrow(DeterminismViolationError);
  }, 60_000);
});

/** The SDK's own codec; its JSON functions fail where npm has installed two copies of protobufjs. */
const { temporal } = createRequire(require.resolve('@temporalio/client'))('@temporalio/proto') as {
  temporal: { api: { history: { v1: { History: Codec } } } };
};
interface Codec {
  fromObject(plain: object): unknown;
  toObject(history: unknown, options: object): object;
}
const { History } = temporal.api.history.v1;

function read(file: string): unknown {
  return History.fromObject(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as object);
}

/** How each history came to be. */
const RECIPES: Record<string, (stand: Stand) => Promise<Trial>> = {
  succeeded: async (stand) => {
    const world = stand.world({ members: 3, policy: policy({ sizes: [1, 2] }), patrolled: true });
    return ended(await stand.start(world));
  },
  rolled_back: async (stand) => {
    const world = stand.world({
      members: 3,
      policy: policy({ sizes: [1] }),
      change: ({ ordinal }) => (ordinal === 1 ? { result: 'failed', reason: 'answered 503' } : undefined),
    });
    return ended(await stand.start(world));
  },
  messages: async (stand) => {
    const gate = new Gate();
    const approvals = [{ beforeBatch: 2, timeoutMs: 3_600_000, onTimeout: 'reject' as const }];
    const world = stand.world({
      members: 3,
      policy: policy({ sizes: [1, 2], onFailure: 'pause', approvals }),
      change: async ({ ordinal, round }) => {
        if (ordinal === 0) await gate.wait();
        return ordinal === 0 && round === 0 ? { result: 'failed' as const, reason: 'answered 503' } : undefined;
      },
    });
    const trial = await stand.start(world);
    await gate.reached;
    await trial.send('pause', { by: 'ada', request_id: 'one' });
    await trial.signal('pause', { by: 'ada', request_id: 'one' });
    gate.open();
    while (world.progress.at(-1)?.status !== 'paused') await trial.handle.query('progress');
    await trial.send('retry', { by: 'ada', instances: ['web-00'] });
    await trial.send('resume', { by: 'ada' });
    while (world.progress.at(-1)?.status !== 'awaiting_approval') await trial.handle.query('progress');
    await trial.signal('approve', { by: 'bob' });
    return ended(trial);
  },
  cancelled: async (stand) => {
    const gate = new Gate();
    const world = stand.world({
      members: 3,
      policy: policy({ sizes: [1, 2] }),
      change: ({ ordinal }) => (ordinal > 0 ? gate.wait() : undefined),
    });
    const trial = await stand.start(world);
    await gate.reached;
    await trial.handle.cancel();
    return ended(trial);
  },
  bulk: async (stand) => {
    const world = stand.world({
      bulk: true,
      members: 4,
      policy: policy({ window: 2 }),
      change: ({ ordinal }) => (ordinal === 2 ? { result: 'failed', reason: 'it reports that it failed' } : undefined),
    });
    return ended(await stand.start(world));
  },
  canary: async (stand) => {
    // Its first look at the calendar finds a freeze, which is over soon.
    const act: WorldOptions['act'] = ({ act: { kind }, number }) =>
      kind === 'read_calendar' && number === 0
        ? { closed: { until: Date.now() + 1_000, reason: 'frozen by ada' } }
        : undefined;
    const rules = { ...BRIEFLY, hooks: hooks({ pre_traffic: true, smoke: true, post_deploy: false }), windows: [] };
    const steps = [
      { kind: 'hook' as const, hook: 'smoke' },
      { kind: 'traffic' as const, weight: 30 },
      ANALYZE,
      { kind: 'traffic' as const, weight: 100 },
    ];
    const rollout = canary({ steps }, { ...rules, flags: { new_ui: 50 } });
    return ended(await stand.start(stand.world({ members: 3, policy: rollout, act, patrolled: true })));
  },
  canary_back: async (stand) => {
    const rules = { ...BRIEFLY, hooks: hooks({ pre_rollback: true, on_failure: false }) };
    const weights = [30, 60, 100].flatMap((weight) => [{ kind: 'traffic' as const, weight }, ANALYZE]);
    const rollout = canary({ steps: weights, rollback: 'progressive' }, rules);
    const verdicts: VerdictKind[] = ['pass', 'fail'];
    return ended(await stand.start(stand.world({ members: 4, policy: rollout, verdicts, patrolled: true })));
  },
  blue_green: async (stand) => {
    const trial = await stand.start(stand.world({ members: 2, policy: blueGreen(KEPT, BRIEFLY) }));
    await awaiting(trial, 'bake');
    await trial.send('promote', { by: 'ada' });
    return ended(trial);
  },
  blue_green_back: async (stand) => {
    const trial = await stand.start(stand.world({ members: 2, policy: blueGreen(KEPT, BRIEFLY) }));
    await awaiting(trial, 'bake');
    await trial.send('rollback', { by: 'ada', reason: 'too slow' });
    return ended(trial);
  },
  features: async (stand) => {
    const rollout = features({ new_ui: [20, 80], search: [50], old_ui: 'off' }, 'feature', BRIEFLY);
    const verdicts: VerdictKind[] = ['pass', 'pass', 'fail', 'pass'];
    return ended(await stand.start(stand.world({ members: 0, policy: rollout, verdicts })));
  },
  continued: async (stand) => {
    const world = stand.world({ members: 8, policy: policy({ sizes: [2] }), patrolled: true });
    return ended(await stand.start(world, { continueAfterEvents: 50 }));
  },
};

/** One measurement after each step, soon. */
const BRIEFLY = { analysis: watching({ durationMs: 400, intervalMs: 400, violations: 1 }) };
const ANALYZE = { kind: 'analyze' as const, forMs: 400 };
/** Longer than anybody waits here. */
const KEPT = { watchMs: 400, keepMs: 3_600_000 };

async function awaiting(trial: Trial, kind: string): Promise<void> {
  for (;;) {
    const { awaiting: what } = await trial.handle.query<StatusDocument>('progress');
    if (what?.kind === kind) return;
  }
}

async function ended(trial: Trial): Promise<Trial> {
  await trial.ended();
  return trial;
}

if (process.env.BELAY_RECORD !== undefined) {
  it.each(Object.entries(RECIPES))('records %s', async (name, run) => {
    const stand = await Stand.open();
    try {
      const { handle } = await run(stand);
      const last = await handle.describe();
      const firstRun = last.raw.workflowExecutionInfo?.firstRunId ?? '';
      await store(name, handle);
      if (firstRun !== last.runId) {
        await store(`${name}-from`, stand.client.workflow.getHandle(handle.workflowId, firstRun));
      }
    } finally {
      await stand.shut();
    }
  });
}

async function store(name: string, handle: Trial['handle']): Promise<void> {
  const file = join(FOLDER, `${name}.json`);
  const plain = History.toObject(await handle.fetchHistory(), { longs: String, enums: String, bytes: String });
  if (!existsSync(file)) writeFileSync(file, `${scrubbed(plain)}\n`);
}

/** Without what belongs to the machine that it was recorded on. */
function scrubbed(history: object): string {
  const local = ['identity', 'stackTrace', 'binaryChecksum', 'workerVersion', 'encodedAttributes'];
  const stickyQueue = /^\d+@/;
  return JSON.stringify(history, (key, value: unknown) => {
    if (local.includes(key)) return undefined;
    return key === 'name' && typeof value === 'string' && stickyQueue.test(value) ? 'sticky' : value;
  });
}
