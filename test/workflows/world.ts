import type { VerdictKind } from '../../src/domain/analysis';
import { CancelledFailure, Context } from '@temporalio/activity';
import type {
  Acted,
  ActInput,
  Activities,
  Began,
  ChangeInput,
  Driven,
  DriveInput,
  Finding,
  InstanceInput,
  MeasureInput,
  LogInput,
  LogLine,
  PatrolInput,
  Piece,
  RestoreInput,
  Stock,
  StockInput,
} from '../../src/activities/types';
import type { ChangeOutcome, Counts, RestoreOutcome, StatusDocument } from '../../src/domain';
import { toBase64, type Joiner, type RolloutPolicy } from '../../src/domain/rollout';
import { policy } from '../support/rollout';

/** An activity started or is about to answer. */
export interface Moment {
  activity: keyof Activities;
  when: 'before' | 'after';
  input: unknown;
}

export interface WorldOptions {
  members?: number | number[];
  policy?: RolloutPolicy;
  mode?: Began['mode'];
  /** What becomes of a change; good when nothing is said. It may take its time, or throw. */
  change?: (input: ChangeInput) => Promise<Partial<ChangeOutcome> | void> | Partial<ChangeOutcome> | void;
  restore?: (input: RestoreInput) => Promise<Partial<RestoreOutcome> | void> | Partial<RestoreOutcome> | void;
  /** Awaited before and after everything that is done. */
  at?: (moment: Moment) => Promise<void> | void;
  /** Instead of an answer to `begin`. */
  begin?: () => ReturnType<Activities['begin']>;
  /** What each read of the membership brings, in order. */
  reads?: { joined: Joiner[]; left: number[] }[];
  patrolled?: boolean;
  /** Whether instances change themselves, all at once. */
  bulk?: boolean;
  /** What becomes of an act; it is done when nothing is said. */
  act?: (input: ActInput) => Acted | undefined;
  /** What is made of each measurement, in their order; the last one repeats. Without it, all pass. */
  verdicts?: VerdictKind[];
  /** What the patrol finds; without it, it finds nothing until it is cancelled. */
  patrol?: (input: PatrolInput) => Promise<Finding[]>;
}

/** Files run side by side on one server: none has the generations, and so the names, of another. */
let generations = (process.pid % 10_000) * 100;

/** A virtual fleet behind the activities' interface: facts are kept in memory, and every call is. */
export class World implements Activities {
  readonly generation = ++generations * 100;
  readonly requestId = `request-${this.generation}`;
  readonly calls: { activity: keyof Activities; input: unknown }[] = [];
  readonly changed = new Map<string, ChangeOutcome>();
  readonly restored = new Map<string, RestoreOutcome>();
  readonly lines: LogLine[] = [];
  readonly progress: StatusDocument[] = [];
  end: StatusDocument | undefined;
  private readonly going = new Map<string, Promise<ChangeOutcome | RestoreOutcome>>();
  private drawn: number | undefined;
  private readonly membership = new Map<number, { joined: Joiner[]; left: number[] }>();

  constructor(readonly options: WorldOptions = {}) {}

  get members(): Uint8Array {
    const { members = 4 } = this.options;
    return typeof members === 'number' ? new Uint8Array(members) : Uint8Array.from(members);
  }

  name(ordinal: number): string {
    return `web-${String(ordinal).padStart(2, '0')}`;
  }

  /** Ordinals in the order in which their changes (or restores) were called for. */
  order(activity: 'changeInstance' | 'restoreInstance'): number[] {
    return this.calls.filter((call) => call.activity === activity).map(({ input }) => (input as InstanceInput).ordinal);
  }

  count(activity: keyof Activities): number {
    return this.calls.filter((call) => call.activity === activity).length;
  }

  logged(type: string): LogLine[] {
    return this.lines.filter((entry) => entry.type === type);
  }

  shiftTraffic(input: Parameters<Activities['shiftTraffic']>[0]) {
    return this.does('shiftTraffic', input, async () => this.options.act?.(input) ?? {});
  }

  guardTraffic(input: Parameters<Activities['guardTraffic']>[0]) {
    return this.does('guardTraffic', input, async () => {});
  }

  runHook(input: Parameters<Activities['runHook']>[0]) {
    return this.does('runHook', input, async () => this.options.act?.(input) ?? {});
  }

  setFlags(input: Parameters<Activities['setFlags']>[0]) {
    return this.does('setFlags', input, async () => this.options.act?.(input) ?? {});
  }

  readCalendar(input: Parameters<Activities['readCalendar']>[0]) {
    return this.does('readCalendar', input, async () => this.options.act?.(input) ?? {});
  }

  measure(input: MeasureInput) {
    return this.does('measure', input, async () => {
      const { verdicts = ['pass'] } = this.options;
      const kind = verdicts[Math.min(input.number, verdicts.length - 1)]!;
      return { kind, text: `error rate: ${kind}` };
    });
  }

  begin(input: Parameters<Activities['begin']>[0]) {
    return this.does('begin', input, async () => this.options.begin?.() ?? this.began(input.workflowId, input.runId));
  }

  private began(workflowId: string, runId: string): Began {
    const { mode = 'forward', patrolled = false, policy: rules = policy() } = this.options;
    const [, environment = '', service = ''] = workflowId.split('/');
    return {
      kind: 'began',
      generation: this.generation,
      mode,
      policy: rules,
      members: toBase64(this.members),
      targetLabel: '1.5.0',
      patrolled,
      ...(this.options.bulk && { execution: 'bulk' as const }),
      document: document({
        id: `${environment}/${service}/${this.generation}`,
        workflow_id: workflowId,
        run_id: runId,
        generation: this.generation,
        service,
        environment,
      }),
    };
  }

  names({ generation, from }: Parameters<Activities['names']>[0]) {
    const all = Array.from(this.members, (_, ordinal) => this.name(ordinal));
    return this.does('names', { generation, from }, async () => ({ from, names: all.slice(from, from + 500) }));
  }

  ordinals(input: Parameters<Activities['ordinals']>[0]) {
    const all = Array.from(this.members, (_, ordinal) => this.name(ordinal));
    return this.does('ordinals', input, async () =>
      input.names.map((name) => (all.includes(name) ? all.indexOf(name) : null)),
    );
  }

  changeInstance(input: ChangeInput): Promise<ChangeOutcome> {
    return this.does('changeInstance', input, () =>
      this.recorded(this.changed, `${input.ordinal}/${input.round}`, async () => {
        const said = (await obedient(this.options.change?.(input))) ?? {};
        return { ordinal: input.ordinal, name: input.name, result: 'good', attempts: 1, ...said };
      }),
    );
  }

  restoreInstance(input: RestoreInput): Promise<RestoreOutcome> {
    return this.does('restoreInstance', input, () =>
      this.recorded(this.restored, `${input.ordinal}/${input.rollbackGeneration}`, async () => {
        const said = (await obedient(this.options.restore?.(input))) ?? {};
        return { ordinal: input.ordinal, name: input.name, result: 'restored', attempts: 1, ...said };
      }),
    );
  }

  /** As drivers of all at once: an instance goes on by itself, whoever waits for it. */
  driveInstances(input: DriveInput): Promise<Driven> {
    return this.does('driveInstances', input, async () => {
      const ended = new Map<Piece, ChangeOutcome | RestoreOutcome>();
      const going = input.pieces.map(async (piece) => ended.set(piece, await this.driven(input, piece)));
      const cancelled = (ordinal: number) => ({
        ordinal,
        name: this.name(ordinal),
        result: 'cancelled' as const,
        attempts: 1,
      });
      try {
        await obedient(input.stop ? Promise.reject(new CancelledFailure('stopped')) : Promise.race(going));
      } catch (error) {
        if (!(error instanceof CancelledFailure)) throw error;
        for (const piece of input.pieces) if (!ended.has(piece)) ended.set(piece, cancelled(piece.ordinal));
      }
      return { outcomes: [...ended.values()], left: input.pieces.filter((piece) => !ended.has(piece)) };
    });
  }

  private driven(input: DriveInput, { ordinal, round }: Piece): Promise<ChangeOutcome | RestoreOutcome> {
    const key = `${input.towards}/${ordinal}/${round}`;
    const known = this.going.get(key);
    if (known) return known;
    const { generation, fence: rollbackGeneration } = input;
    const instance = { generation, ordinal, name: this.name(ordinal) };
    const told = { ordinal, name: instance.name, attempts: 1 };
    const run = async (): Promise<ChangeOutcome | RestoreOutcome> => {
      if (input.towards === 'release') {
        const outcome: ChangeOutcome = {
          ...told,
          result: 'good',
          ...(await this.options.change?.({ ...instance, round })),
        };
        this.changed.set(`${ordinal}/${round}`, outcome);
        return outcome;
      }
      const outcome: RestoreOutcome = {
        ...told,
        result: 'restored',
        ...(await this.options.restore?.({ ...instance, rollbackGeneration })),
      };
      this.restored.set(`${ordinal}/${rollbackGeneration}`, outcome);
      return outcome;
    };
    const outcome = run();
    this.going.set(key, outcome);
    return outcome;
  }

  async patrol(input: PatrolInput) {
    this.calls.push({ activity: 'patrol', input });
    return obedient<Finding[]>(this.options.patrol?.(input) ?? new Promise(() => {}));
  }

  takeStock(input: StockInput) {
    return this.does('takeStock', input, async (): Promise<Stock> => {
      this.write(input);
      const number = input.membership?.number;
      if (number === undefined) return { degraded: [] };
      const found = this.membership.get(number) ?? this.options.reads?.shift() ?? { joined: [], left: [] };
      this.membership.set(number, found);
      return { membership: found, ...(input.sweep && { degraded: [] }) };
    });
  }

  drawGeneration(input: { generation: number }) {
    return this.does('drawGeneration', input, async () => (this.drawn ??= this.generation + 1));
  }

  log(input: LogInput) {
    return this.does('log', input, async () => this.write(input));
  }

  recordProgress(input: { document: StatusDocument }) {
    return this.does('recordProgress', input, async () => void this.progress.push(input.document));
  }

  recordEnd(input: { document: StatusDocument }) {
    return this.does('recordEnd', input, async () => {
      this.end ??= input.document;
    });
  }

  private write({ lines }: LogInput): void {
    for (const line of lines) {
      if (!this.lines.some(({ sequence }) => sequence === line.sequence)) this.lines.push(line);
    }
  }

  private async does<T>(activity: keyof Activities, input: unknown, answer: () => Promise<T>): Promise<T> {
    this.calls.push({ activity, input });
    await this.options.at?.({ activity, when: 'before', input });
    const answered = await answer();
    await this.options.at?.({ activity, when: 'after', input });
    return answered;
  }

  private async recorded<T>(facts: Map<string, T>, key: string, make: () => Promise<T>): Promise<T> {
    const fact = facts.get(key) ?? (await make());
    facts.set(key, fact);
    return fact;
  }
}

/** What is done ends at once when it is cancelled; until then it shows that it lives. */
async function obedient<T>(work: T | Promise<T>): Promise<T> {
  if (!(work instanceof Promise)) return work;
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 200);
  try {
    return await Promise.race([work, context.cancelled]);
  } catch (error) {
    if (error instanceof CancelledFailure) throw new CancelledFailure('stopped on request');
    throw error;
  } finally {
    clearInterval(beat);
  }
}

const COUNTS: Counts = {
  total: 0,
  pending: 0,
  in_flight: 0,
  succeeded: 0,
  failed: 0,
  unchanged: 0,
  skipped: 0,
  rolled_back: 0,
  unresolved: 0,
};

function document(fields: Partial<StatusDocument>): StatusDocument {
  return {
    id: '',
    workflow_id: '',
    run_id: '',
    generation: 0,
    rollback_count: 0,
    service: '',
    environment: '',
    status: 'pending',
    strategy: 'rolling',
    driver: 'simulated',
    release: { code_version: '1.5.0', configuration_version: '12' },
    previous_release: null,
    actor: 'ada',
    note: null,
    metadata: {},
    links: { web_ui: 'http://localhost:8233/somewhere' },
    reason: null,
    step: { index: 1, of: 1, kind: 'update', summary: '' },
    traffic_percent: null,
    counts: COUNTS,
    failures: [],
    violations: [],
    started_at: new Date().toISOString(),
    ended_at: null,
    duration_ms: 0,
    ...fields,
  };
}
