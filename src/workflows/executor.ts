import type { LogLine, StockInput } from '../activities/types';
import type { ChangeOutcome, RestoreOutcome } from '../domain';
import { groupAt } from '../domain/groups';
import { countsOf, type LogEntry, type RolloutCommand } from '../domain/rollout';
import { long, short } from './activities';
import { worded } from './approval';
import { Acts } from './acts';
import { BulkInFlight } from './bulk';
import { Guard } from './guard';
import { InFlight } from './in-flight';
import type { ContinuedInput } from './input';
import { Patrol } from './patrol';
import { attempt, persist } from './persist';
import type { Rollout, Shell } from './shell';

/** Carries out what was decided, and feeds the answers back as events. Never waits: the loop goes on at once. */
export class Executor {
  private readonly inFlight: InFlight;
  private readonly bulk: BulkInFlight;
  private readonly patrol: Patrol;
  private readonly acts: Acts;
  private readonly guard: Guard;
  private writing: Promise<void> = Promise.resolve();
  private open = 0;
  private logged: number;
  private reads: number;

  constructor(
    private readonly shell: Shell,
    private readonly rollout: Rollout,
    carried: Pick<ContinuedInput['continued'], 'logged' | 'reads'>,
  ) {
    this.inFlight = new InFlight(rollout.names);
    this.bulk = new BulkInFlight(rollout.names);
    this.logged = carried.logged;
    this.reads = carried.reads;
    this.patrol = new Patrol(shell, rollout);
    this.acts = new Acts(shell, rollout);
    this.guard = new Guard(shell, rollout.began.generation);
  }

  /** Whether no activity is in flight. */
  get idle(): boolean {
    return this.open === 0 && this.inFlight.size + this.bulk.size === 0 && this.patrol.idle && this.guard.idle;
  }

  /** What the next run has to know, too. */
  get carried(): Pick<ContinuedInput['continued'], 'logged' | 'reads'> {
    return { logged: this.logged, reads: this.reads };
  }

  /** Until what happened so far stands in the event log, or can't be written. */
  get written(): Promise<void> {
    return this.writing;
  }

  /** Names of the first few instances that are being changed or restored. */
  busy(most: number): string[] {
    return (this.isBulk ? this.bulk : this.inFlight).first(most);
  }

  /** What is to be written goes with what is to be asked: an activity that ends costs a workflow task. */
  carryOut(commands: RolloutCommand[]): void {
    const asked = { membership: false, sweep: false };
    const entries: LogEntry[] = [];
    for (const command of commands) {
      if (command.kind === 'read_membership') asked.membership = true;
      else if (command.kind === 'sweep') asked.sweep = true;
      else if (command.kind === 'log')
        entries.push(worded(command.entry, this.rollout.began.document.id, this.rollout.state));
      else this.carryOutOne(command);
    }
    this.bulk.flush();
    if (asked.membership || asked.sweep) this.track(this.takeStock(asked, entries));
    else if (entries.length > 0) this.track((this.writing = this.log(entries)));
  }

  private carryOutOne(command: Exclude<RolloutCommand, { kind: 'read_membership' | 'sweep' | 'log' }>): void {
    switch (command.kind) {
      case 'change':
        this.change(command.ordinals, command.round);
        return;
      case 'restore':
        this.restore(command.ordinals, command.generation);
        return;
      case 'cancel_in_flight':
        this.inFlight.cancel();
        this.bulk.cancel();
        this.acts.cancel();
        return;
      case 'patrol':
        if (command.on) this.patrol.start();
        else this.patrol.stop();
        return;
      case 'measure':
        this.track(this.measure(command));
        return;
      case 'draw_generation':
        this.track(this.drawGeneration());
        return;
      case 'act':
        this.track(this.acts.carryOut(command));
        return;
      case 'guard':
        if (command.on) this.guard.start();
        else this.guard.stop();
        return;
      case 'finish':
        this.patrol.stop();
        this.guard.stop();
        return;
    }
  }

  /** For continue-as-new; the next run starts it again when the engine still wants it. */
  stopPatrol(): void {
    this.patrol.stop();
    this.guard.stop();
  }

  /** Whether instances change themselves. */
  private get isBulk(): boolean {
    return this.rollout.began.execution === 'bulk';
  }

  private change(ordinals: number[], round: number): void {
    const { generation, targetLabel } = this.rollout.began;
    if (this.isBulk) {
      const tell = (outcomes: ChangeOutcome[]) => this.shell.feed({ kind: 'changed', outcomes });
      const way = {
        generation,
        towards: 'release',
        fence: generation,
        label: `→ ${targetLabel}`,
        bad: 'failed',
        tell,
        ...this.settled,
      } as const;
      this.bulk.start<ChangeOutcome>(way, ordinals, round);
      return;
    }
    this.inFlight.start<ChangeOutcome>(ordinals, {
      run: (ordinal, name) => {
        const options = { summary: `${name} → ${targetLabel}`, ...this.queueOf(ordinal) };
        const input = { generation, ordinal, name, round, ...this.settled };
        return long.changeInstance.executeWithOptions(options, [input]);
      },
      bad: 'failed',
      tell: (outcome) => this.shell.feed({ kind: 'changed', outcomes: [outcome] }),
    });
  }

  /** Where the workers of its group wait; nothing where any worker does. */
  private queueOf(ordinal: number): { taskQueue?: string } {
    const { groups } = this.rollout.state.policy;
    if (groups?.taskQueue === undefined) return {};
    const name = groups.names[groupAt(groups, ordinal)] ?? '';
    return { taskQueue: groups.taskQueue.replaceAll('{{group}}', name) };
  }

  /** Where whoever is good belongs now. */
  private get settled(): { settled?: true } {
    return this.rollout.state.delivery.settling ? { settled: true } : {};
  }

  private restore(ordinals: number[], rollbackGeneration: number): void {
    const { generation } = this.rollout.began;
    if (this.isBulk) {
      const tell = (outcomes: RestoreOutcome[]) => this.shell.feed({ kind: 'restored', outcomes });
      const fence = rollbackGeneration;
      const way = {
        generation,
        towards: 'snapshot',
        fence,
        label: '← snapshot',
        bad: 'unresolved',
        tell,
        ...this.settled,
      } as const;
      this.bulk.start<RestoreOutcome>(way, ordinals, 0);
      return;
    }
    this.inFlight.start<RestoreOutcome>(ordinals, {
      run: (ordinal, name) => {
        const options = { summary: `${name} ← snapshot`, ...this.queueOf(ordinal) };
        const input = { generation, ordinal, name, rollbackGeneration, ...this.settled };
        return long.restoreInstance.executeWithOptions(options, [input]);
      },
      bad: 'unresolved',
      tell: (outcome) => this.shell.feed({ kind: 'restored', outcomes: [outcome] }),
    });
  }

  private async takeStock(asked: { membership: boolean; sweep: boolean }, entries: LogEntry[]): Promise<void> {
    const { began, state } = this.rollout;
    const input: StockInput = {
      generation: began.generation,
      ...(asked.membership && { membership: { total: countsOf(state).total, number: this.reads++ } }),
      sweep: asked.sweep,
      lines: this.numbered(entries),
    };
    const questions = [asked.membership && 'who joined, who left?', asked.sweep && 'a look at the good ones'];
    const options = { summary: questions.filter(Boolean).join(' · ') };
    const stock = await persist('taking stock between batches', this.shell, () =>
      long.takeStock.executeWithOptions(options, [input]),
    );
    if (stock.membership) this.shell.feed({ kind: 'membership', ...stock.membership });
    if (stock.degraded) this.shell.feed({ kind: 'swept', degraded: stock.degraded });
  }

  private async measure(command: Extract<RolloutCommand, { kind: 'measure' }>): Promise<void> {
    const { kind: _, ...window } = command;
    const { generation } = this.rollout.began;
    const options = { summary: `measurement ${command.number + 1}` };
    const { experiment, ...verdict } = await persist('measuring', this.shell, () =>
      long.measure.executeWithOptions(options, [{ generation, ...window }]),
    );
    this.shell.feed({ kind: 'measured', number: command.number, verdict, ...(experiment && { experiment }) });
  }

  private async drawGeneration(): Promise<void> {
    const { generation } = this.rollout.began;
    const options = { summary: 'a generation for the way back' };
    const drawn = await persist('drawing a generation', this.shell, () =>
      short.drawGeneration.executeWithOptions(options, [{ generation }]),
    );
    this.shell.feed({ kind: 'generation_drawn', generation: drawn });
  }

  private async log(entries: LogEntry[]): Promise<void> {
    const input = { generation: this.rollout.began.generation, lines: this.numbered(entries) };
    const options = { summary: entries.map(({ type }) => type).join(', ') };
    await attempt('writing the event log', () => short.log.executeWithOptions(options, [input]));
  }

  private numbered(entries: LogEntry[]): LogLine[] {
    return entries.map((entry) => ({ sequence: this.logged++, ...entry }));
  }

  private track(work: Promise<void>): void {
    this.open++;
    void work.finally(() => {
      this.open--;
      this.shell.stir();
    });
  }
}
