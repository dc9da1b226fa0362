import type { CliContext, Session } from '../../src/cli/context';
import { Interrupts } from '../../src/cli/interrupts';
import { PLAIN, type Output } from '../../src/cli/output';
import { runCommandLine } from '../../src/cli/run';
import type { Control } from '../../src/control/control';
import type { StatusDocument } from '../../src/domain';
import { fleetKey } from '../../src/domain/fleet';
import { haproxyLines } from '../../src/drivers/traffic/haproxy/lines';
import { readInstances } from '../../src/schemas';

/** What a command line wrote. */
export interface Written {
  out: string[];
  err: string[];
  documents: unknown[];
}

/** An output that keeps what is written to it. */
export function keptOutput(): { output: Output; written: Written } {
  const written: Written = { out: [], err: [], documents: [] };
  const to = (lines: string[]): Output => ({
    paint: PLAIN,
    live: false,
    columns: () => 100,
    line: (text) => void lines.push(text),
    say: (text) => void written.err.push(text),
    json: (document) => void written.documents.push(JSON.parse(JSON.stringify(document))),
    draw: (text) => void lines.push(text),
    forJson: () => to(written.err),
  });
  return { output: to(written.out), written };
}

/** A context whose control answers as given; whatever it isn't given for throws. */
export function cliContext(control: Partial<Control> = {}, overrides: Partial<CliContext> = {}) {
  const { output, written } = keptOutput();
  const session = { control: control as Control, hosted: false, close: async () => {} } as Session;
  const context: CliContext = {
    output,
    interrupts: new Interrupts(),
    directory: process.cwd(),
    actor: 'ann@here',
    version: '0.0.0',
    debug: false,
    explain: (error) => error,
    connect: async () => session,
    listFleet: async (fleet) => readInstances(fleetKey(fleet)),
    probe: async () => new Map(),
    lacking: async () => undefined,
    foresee: async () => ({ refusals: [], notes: [], serving: [] }),
    recorded: async () => new Map(),
    frozen: async () => [],
    plannedFreezes: async () => [],
    earlier: async () => ({}),
    artifacts: async () => {
      throw new Error('there are no artifacts here');
    },
    haproxyLines,
    machine: {
      dev: async () => 0,
      worker: async () => 0,
      agent: async () => 0,
      api: async () => 0,
      setup: async () => {},
      doctor: async () => [],
    },
    ...overrides,
  };
  return { context, written, run: (...argv: string[]) => runCommandLine(argv, context) };
}

/** A status document of a deployment under way; change what a test is about. */
export function statusDocument(overrides: Partial<StatusDocument> = {}): StatusDocument {
  return {
    id: 'production/web/12',
    workflow_id: 'deploy/production/web',
    run_id: 'run',
    generation: 12,
    rollback_count: 0,
    service: 'web',
    environment: 'production',
    status: 'running',
    strategy: 'rolling',
    driver: 'command',
    release: { code_version: '1.5.0', configuration_version: '12' },
    previous_release: { code_version: '1.4.0', configuration_version: '11' },
    actor: 'ann@here',
    note: null,
    metadata: {},
    links: { web_ui: null },
    reason: null,
    step: { index: 2, of: 4, kind: 'update', summary: 'batch 2 of 4' },
    traffic_percent: null,
    counts: {
      total: 10,
      pending: 5,
      in_flight: 2,
      succeeded: 3,
      failed: 0,
      unchanged: 0,
      skipped: 0,
      rolled_back: 0,
      unresolved: 0,
    },
    failures: [],
    violations: [],
    started_at: '2026-01-31T12:00:00.000Z',
    ended_at: null,
    duration_ms: 30_000,
    ...overrides,
  };
}
