import { writeFileSync } from 'node:fs';
import type { CliContext, Session } from '../../src/cli/context';
import type { Control, Delivered, Standing } from '../../src/control/control';
import { Refused } from '../../src/control/errors';
import type { AdjustFields } from '../../src/control/control';
import type { StatusDocument } from '../../src/domain';
import { cliContext, statusDocument } from '../support/cli';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();

const HOOK_RUN = {
  generation: 12,
  number: 3,
  hook: 'smoke',
  moment: 'step 2 of 5',
  startedAt: new Date(0),
  endedAt: new Date(1_000),
  output: 'all well\n',
};

/** A control whose deployment stands as given, and that keeps the messages sent to it. */
function controlOf(overrides: Partial<StatusDocument> = {}) {
  const document = statusDocument(overrides);
  const standing: Standing = { document, source: 'database', recorded: document.ended_at !== null, lost: false };
  const sent: [string, AdjustFields][] = [];
  const control: Partial<Control> = {
    status: async () => standing,
    instances: async () => [{ instance_id: 'web-01', state: 'succeeded' }],
    events: async () => [],
    logs: async () => [],
    hookRuns: async () => [HOOK_RUN],
    overview: async () => ({ running: [], in_flight: standing.recorded ? [] : [document], frozen: [] }),
    message: async (_, message, fields): Promise<Delivered> => {
      sent.push([message, fields]);
      return { deployment: document.id, message, delivered: 'update' };
    },
  };
  return { control, sent };
}

const ENDED = { ended_at: '2026-01-31T12:01:00.000Z' };

describe('messages', () => {
  it.each([
    [['approve', 'production/web', '--reason', 'looked at it'], 'approve', { reason: 'looked at it' }],
    [['resume', 'production/web'], 'resume', {}],
    [['reject', 'production/web'], 'reject', {}],
    [['promote', 'production/web'], 'promote', {}],
    [['pause', 'production/web'], 'pause', {}],
    [['skip', 'production/web', '--instance', 'a', 'b', '--instance', 'c'], 'skip', { instances: ['a', 'b', 'c'] }],
    [
      ['adjust', 'production/web', '--batch-size', '10%', '--window', '4', '--max-failures', '0'],
      'adjust',
      { batch_size: '10%', window: 4, max_failures: 0 },
    ],
  ])('%j', async (argv, message, fields) => {
    const { control, sent } = controlOf();
    const { run, written } = cliContext(control);
    expect(await run(...argv)).toBe(0);
    expect(sent).toEqual([[message, { by: 'ann@here', ...fields }]]);
    expect(written.out).toEqual([`production/web/12: ${message} accepted`]);
  });

  it.each([
    ['retry', 'paused', ['production/web/12 stays paused until `belay resume production/web/12`']],
    ['retry', 'running', []],
    ['skip', 'paused', ['production/web/12 stays paused until `belay resume production/web/12`']],
  ] as const)('%s of one that is %s says %j', async (verb, status, said) => {
    const { control } = controlOf({ status });
    const delivered: Delivered = { deployment: 'production/web/12', message: verb, delivered: 'update' };
    const retry: Control['retry'] = async () => ({ kind: 'delivered', delivered });
    const { run, written } = cliContext({ ...control, retry });
    expect(await run(verb, 'production/web')).toBe(0);
    expect(written.err).toEqual(said);
  });

  it('abort waits for the end, which is what was asked for', async () => {
    const { control, sent } = controlOf({ status: 'aborted', ...ENDED });
    const { run, written } = cliContext(control);
    expect(await run('abort', 'production/web')).toBe(0);
    expect(sent).toHaveLength(1);
    expect(written.out.join('\n')).toContain('to undo what was done: `belay rollback production/web/12`');
  });

  it('refused ones exit 4 with the reason and what exists', async () => {
    const { run, written } = cliContext({
      message: async () => {
        throw new Refused('production/web/12 has ended (succeeded)', ['there is production/web/13'], 'x');
      },
    });
    expect(await run('abort', 'production/web/12', '--json')).toBe(4);
    expect(written.err).toEqual(['refused: production/web/12 has ended (succeeded)', '  there is production/web/13']);
    expect(written.documents).toEqual([
      {
        error: {
          kind: 'refused',
          message: 'production/web/12 has ended (succeeded)',
          hints: ['there is production/web/13'],
          holder: 'x',
        },
        exit_code: 4,
      },
    ]);
  });

  it('an error that nobody foresaw says where its details are, and prints no stack', async () => {
    const failing = { message: () => Promise.reject(new TypeError('x is undefined')) };
    const { run, written } = cliContext(failing);
    expect(await run('resume', 'production/web')).toBe(1);
    expect(written.err.join('\n')).toContain('BELAY_DEBUG=1');
    expect(written.err.join('\n')).not.toContain('    at ');
    const debugging = cliContext(failing, { debug: true });
    await debugging.run('resume', 'production/web');
    expect(debugging.written.err.join('\n')).toContain('    at ');
  });
});

describe('what began', () => {
  const files = ['--instances', 'began.json', '--desired', 'brought.json', '--no-wait'];
  const began = { id: 'production/web/12', generation: 12, workflow_id: 'w', run_id: 'r' };
  const start: Control['start'] = async () => began;
  beforeEach(() => {
    folder.write('began.json', [{ instance_id: 'web-01', code_version: '1', configuration_version: '1' }]);
    folder.write('brought.json', { code_version: '2', configuration_version: '2' });
  });

  it('is told whole without a wait, too', async () => {
    const { run, written } = cliContext({ ...controlOf().control, start }, { directory: folder.path });
    expect(await run('deploy', ...files, '--json')).toBe(0);
    const whole = { ...statusDocument(), success: false, updated: ['web-01'], history: [] };
    expect(written.documents).toEqual([expect.objectContaining(whole)]);
    const mute = cliContext({ start }, { directory: folder.path });
    expect(await mute.run('deploy', ...files, '--json')).toBe(0);
    expect(mute.written.documents).toEqual([began]);
  });

  it('names those that are left out, or tried, although nobody answers there', async () => {
    const at = new Date();
    const events: Control['events'] = async () => [
      { id: 1, at, generation: 12, type: 'unreachable_excluded', reason: '  - web-05' },
      { id: 2, at, generation: 12, type: 'unreachable_included', reason: '  - web-06' },
    ];
    const { run, written } = cliContext({ ...controlOf().control, start, events }, { directory: folder.path });
    expect(await run('deploy', ...files)).toBe(0);
    expect(written.err).toEqual([
      "can't be reached, and left out:\n  - web-05",
      "can't be reached, and tried all the same:\n  - web-06",
    ]);
  });
});

it('a rollback that restored everything is a success', async () => {
  const { control } = controlOf({ status: 'rolled_back', ...ENDED });
  const rollback: Control['rollback'] = async () => ({
    kind: 'delivered',
    delivered: { deployment: 'production/web/12', message: 'rollback', delivered: 'update' },
  });
  const { run, written } = cliContext({ ...control, rollback });
  expect(await run('rollback', 'production/web', '--json')).toBe(0);
  expect(written.documents).toEqual([expect.objectContaining({ status: 'rolled_back', success: true })]);
});

describe('logs', () => {
  it('of an instance that the deployment has, and that was not tried, are empty', async () => {
    const { run, written } = cliContext(controlOf().control);
    expect(await run('logs', 'production/web', 'web-01')).toBe(0);
    expect(written.out).toEqual(['No attempt was made.']);
  });

  it('of all of a deployment have what its hooks printed', async () => {
    const { run, written } = cliContext(controlOf().control);
    expect(await run('logs', 'production/web')).toBe(0);
    expect(written.out).toEqual([expect.stringMatching(/^the hook smoke \(step 2 of 5\), /), '  all well']);
    expect(await run('logs', 'production/web', '--json')).toBe(0);
    expect(written.documents).toEqual([
      [expect.objectContaining({ instance_id: null, hook: 'smoke', run: 3, ok: true, output: 'all well\n' })],
    ]);
  });

  it('of one that it has not are refused, with those that it has', async () => {
    const { run, written } = cliContext(controlOf().control);
    expect(await run('logs', 'production/web', 'web-99')).toBe(4);
    expect(written.err).toEqual(['refused: production/web has no instance web-99', '  it has web-01']);
  });
});

describe('watch', () => {
  it.each([
    ['succeeded', 0],
    ['completed_with_failures', 1],
    ['rolled_back', 3],
  ] as const)('of one that is %s exits %d, with one document', async (status, exit) => {
    const { run, written } = cliContext(controlOf({ status, ...ENDED }).control);
    expect(await run('watch', 'production/web', '--json')).toBe(exit);
    expect(written.out).toEqual([]);
    expect(written.documents).toEqual([
      expect.objectContaining({
        id: 'production/web/12',
        status,
        success: status === 'succeeded',
        updated: ['web-01'],
        failed: [],
        skipped: [],
        unchanged: [],
        rolled_back: [],
        unresolved: [],
        history: [],
        per_instance_history: { 'web-01': [] },
      }),
    ]);
  });

  it('exits 6 when the wait is over', async () => {
    const { run, written } = cliContext(controlOf().control);
    expect(await run('watch', 'production/web', '--wait-timeout', '1ms')).toBe(6);
    expect(written.out.at(-1)).toContain('belay watch production/web/12');
  });

  it('detaches on Ctrl-C, and says how to come back', async () => {
    const { context, run, written } = cliContext(controlOf().control);
    const running = run('watch', 'production/web');
    setImmediate(context.interrupts.raise);
    expect(await running).toBe(130);
    expect(written.err.join('\n')).toContain('production/web/12 goes on');
  });

  it('with a stack of its own stays until a second Ctrl-C, which suspends', async () => {
    const { control } = controlOf();
    let closed = false;
    const close = async () => {
      closed = true;
    };
    const session = { control, hosted: true, close } as Session;
    const { context, run, written } = cliContext(control, { connect: async () => session });
    const running = run('watch', 'production/web');
    setImmediate(context.interrupts.raise);
    while (!written.err.some((line) => line.includes('stays until nothing is in flight'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(closed).toBe(false);
    context.interrupts.raise();
    expect(await running).toBe(130);
    expect(closed).toBe(true);
    expect(written.err.at(-1)).toContain('Suspended: production/web/12');
  });
});

describe('status', () => {
  it('prints the document as it is', async () => {
    const { run, written } = cliContext(controlOf().control);
    expect(await run('status', 'production/web', '--json')).toBe(0);
    expect(written.documents).toEqual([statusDocument()]);
  });

  it('alone lists what runs where, and what is in flight', async () => {
    const versions = { codeVersion: '1.5.0', configurationVersion: '12' };
    const row = { service: 'web', environment: 'production', versions, instances: 3, since: new Date(0), by: 'ann' };
    const { run, written } = cliContext({
      overview: async () => ({ running: [{ ...row, mixed: true }], in_flight: [statusDocument()], frozen: [] }),
    });
    expect(await run('status')).toBe(0);
    const text = written.out.join('\n');
    expect(text).toMatch(/production\/web +1\.5\.0 \/ 12 +3 .* ann +mixed/);
    expect(text).toContain('production/web/12  running  batch 2 of 4');
  });
});

describe('a dry run', () => {
  const instances = folder.write('instances.json', [
    { instance_id: 'web-01', code_version: '1.4.0', configuration_version: '11' },
    { instance_id: 'web-02', code_version: '1.5.0', configuration_version: '12' },
  ]);
  const desired = folder.write('desired.json', { code_version: '1.5.0', configuration_version: '12' });
  const files = ['--instances', instances, '--desired', desired];
  const unconnected = {
    connect: async () => {
      throw new Error('no server is needed');
    },
  };

  it('prints the plan and needs no server', async () => {
    const { run, written } = cliContext({}, unconnected);
    expect(await run('deploy', ...files, '--batch-size', '3', '--dry-run')).toBe(0);
    expect(written.out.join('\n')).toContain('1.4.0 / 11 → 1.5.0 / 12, 1 instance: web-01');
  });

  it('is one document with --json', async () => {
    const { run, written } = cliContext({}, unconnected);
    expect(await run('plan', ...files, '--json')).toBe(0);
    expect(written.documents).toEqual([expect.objectContaining({ format: 'belay-plan/1', unchanged: ['web-02'] })]);
    expect(written.out).toEqual([]);
  });

  it('estimates the time from what earlier changes took, which a plan doesn’t hang on', async () => {
    const desired = `${folder.path}/update.sh`;
    writeFileSync(desired, '#!/bin/sh\n', { mode: 0o755 });
    const file = folder.write('deployment.json', {
      ...{ service: 'web', environment: 'production', release: { code_version: '1.5.0', configuration_version: '12' } },
      fleet: { file: 'instances.json' },
      driver: { type: 'command', update: ['./update.sh'], health: { type: 'command', run: ['true'] } },
    });
    const out = `${folder.path}/timed.json`;
    const asked: unknown[] = [];
    const earlier: CliContext['earlier'] = async (service) => {
      asked.push(service);
      return { known: { typicalMs: 12_000, changes: 7 } };
    };
    const { run, written } = cliContext({}, { ...unconnected, earlier });
    expect(await run('plan', '-f', file, '--out', out)).toBe(0);
    expect(asked).toEqual([{ environment: 'production', service: 'web' }]);
    expect(written.out.join('\n')).toContain('from the last 7 changes of this service: median 12s');
    const start: Control['start'] = async () => ({ id: 'p/web/1', generation: 1, workflow_id: 'w', run_id: 'r' });
    const later: CliContext['earlier'] = async () => ({ known: { typicalMs: 90_000, changes: 9 } });
    expect(await cliContext({ start }, { earlier: later }).run('deploy', '--plan', out, '--no-wait')).toBe(0);
  });

  it('says that a deployment of the service is in flight, and that another one would be refused', async () => {
    const inFlight = { id: 'production/web/12', status: 'paused', actor: 'bob@there' } as const;
    const earlier: CliContext['earlier'] = async () => ({ inFlight });
    const people = cliContext({}, { ...unconnected, earlier });
    expect(await people.run('deploy', ...files, '--dry-run')).toBe(0);
    expect(people.written.out.join('\n')).toContain(
      'In flight: production/web/12 (paused, by bob@there); a deployment would be refused until it has ended',
    );
    const machines = cliContext({}, { ...unconnected, earlier });
    expect(await machines.run('plan', ...files, '--json')).toBe(0);
    expect(machines.written.documents).toEqual([expect.objectContaining({ in_flight: inFlight })]);
  });

  it('kept in a file is carried out, unless the fleet has changed since', async () => {
    const out = `${folder.path}/plan.json`;
    const planning = cliContext({}, unconnected);
    expect(await planning.run('plan', ...files, '--max-failures', '1', '--out', out)).toBe(0);

    const orders: unknown[] = [];
    const start: Control['start'] = async (order) => {
      orders.push(order);
      return { id: 'local/x/1', generation: 1, workflow_id: 'w', run_id: 'r' };
    };
    const deploying = cliContext({ start });
    expect(await deploying.run('deploy', '--plan', out, '--no-wait')).toBe(0);
    expect(orders).toEqual([
      expect.objectContaining({
        actor: 'ann@here',
        expected: [
          { name: 'web-01', versions: { codeVersion: '1.4.0', configurationVersion: '11' } },
          { name: 'web-02', versions: { codeVersion: '1.5.0', configurationVersion: '12' } },
        ],
      }),
    ]);

    folder.write('instances.json', [
      { instance_id: 'web-01', code_version: '1.5.0', configuration_version: '12' },
      { instance_id: 'web-02', code_version: '1.5.0', configuration_version: '12' },
    ]);
    const late = cliContext({ start });
    expect(await late.run('deploy', '--plan', out)).toBe(4);
    expect(late.written.err.join('\n')).toContain('web-01 ran 1.4.0 / 11 when planned, runs 1.5.0 / 12 now');
    expect(orders).toHaveLength(1);
  });
});

describe('init', () => {
  it('writes a file that can be read, and overwrites none', async () => {
    const file = `${folder.path}/deployment.yaml`;
    const { run, written } = cliContext();
    expect(await run('init', file)).toBe(0);
    expect(await run('init', file)).toBe(2);
    expect(written.err.join('\n')).toContain('is there already');
    expect(await run('init', file, '--force')).toBe(0);
  });
});
