import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import type { LogLine, StockInput } from '../activities/types';
import type { ChangeOutcome, RestoreOutcome } from '../domain';
import { countsOf, type LogEntry, type RolloutCommand } from '../domain/rollout';
import { long, reasonOf, short } from './activities';
import type { ContinuedInput } from './input';
import { Patrol } from './patrol';
import { attempt, persist } from './persist';
import type { Rollout, Shell } from './shell';

/** Carries out what was decided, and feeds the answers back as events. Never waits: the loop goes on at once. */
export class Executor {
  private readonly instances = new Map<number, CancellationScope>();
  private readonly patrol: Patrol;
  private open = 0;
  private logged: number;
  private reads: number;

  constructor(
    private readonly shell: Shell,
    private readonly rollout: Rollout,
    carried: Pick<ContinuedInput['continued'], 'logged' | 'reads'>,
  ) {
    this.logged = carried.logged;
    this.reads = carried.reads;
    this.patrol = new Patrol(shell, rollout);
  }

  /** Whether no activity is in flight. */
  get idle(): boolean {
    return this.open === 0 && this.patrol.idle;
  }

  /** What the next run has to know, too. */
  get carried(): Pick<ContinuedInput['continued'], 'logged' | 'reads'> {
    return { logged: this.logged, reads: this.reads };
  }

  /** Names of the first few instances that are being changed or restored. */
  busy(most: number): string[] {
    const first: string[] = [];
    for (const ordinal of this.instances.keys()) {
      if (first.length === most) break;
      first.push(this.rollout.names.peek(ordinal) ?? String(ordinal));
    }
    return first;
  }

  /** What is to be written goes with what is to be asked: an activity that ends costs a workflow task. */
  carryOut(commands: RolloutCommand[]): void {
    const asked = { membership: false, sweep: false };
    const entries: LogEntry[] = [];
    for (const command of commands) {
      if (command.kind === 'read_membership') asked.membership = true;
      else if (command.kind === 'sweep') asked.sweep = true;
      else if (command.kind === 'log') entries.push(command.entry);
      else this.carryOutOne(command);
    }
    if (asked.membership || asked.sweep) this.track(this.takeStock(asked, entries));
    else if (entries.length > 0) this.track(this.log(entries));
  }

  private carryOutOne(command: Exclude<RolloutCommand, { kind: 'read_membership' | 'sweep' | 'log' }>): void {
    switch (command.kind) {
      case 'change':
        for (const ordinal of command.ordinals) this.track(this.change(ordinal, command.round));
        return;
      case 'restore':
        for (const ordinal of command.ordinals) this.track(this.restore(ordinal, command.generation));
        return;
      case 'cancel_in_flight':
        for (const scope of this.instances.values()) scope.cancel();
        return;
      case 'patrol':
        if (command.on) this.patrol.start();
        else this.patrol.stop();
        return;
      case 'draw_generation':
        this.track(this.drawGeneration());
        return;
      case 'finish':
        this.patrol.stop();
        return;
    }
  }

  /** For continue-as-new; the next run starts it again when the engine still wants it. */
  stopPatrol(): void {
    this.patrol.stop();
  }

  private async change(ordinal: number, round: number): Promise<void> {
    const outcome = await this.instance<ChangeOutcome>(ordinal, 'failed', (name) => {
      const { generation, targetLabel } = this.rollout.began;
      const summary = `${name} → ${targetLabel}`;
      return long.changeInstance.executeWithOptions({ summary }, [{ generation, ordinal, name, round }]);
    });
    this.shell.feed({ kind: 'changed', outcomes: [outcome] });
  }

  private async restore(ordinal: number, rollbackGeneration: number): Promise<void> {
    const outcome = await this.instance<RestoreOutcome>(ordinal, 'unresolved', (name) => {
      const { generation } = this.rollout.began;
      const summary = `${name} ← snapshot`;
      return long.restoreInstance.executeWithOptions({ summary }, [{ generation, ordinal, name, rollbackGeneration }]);
    });
    this.shell.feed({ kind: 'restored', outcomes: [outcome] });
  }

  /** Whatever becomes of the activity is an outcome: nothing that happens to one instance may stop the others. */
  private async instance<O extends ChangeOutcome | RestoreOutcome>(
    ordinal: number,
    bad: O['result'],
    run: (name: string) => Promise<O>,
  ): Promise<O> {
    const scope = new CancellationScope({ cancellable: true });
    this.instances.set(ordinal, scope);
    try {
      return await scope.run(async () => run(await this.rollout.names.of(ordinal)));
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      const reason = reasonOf(error);
      const result = scope.consideredCancelled ? 'cancelled' : bad;
      const name = this.rollout.names.peek(ordinal) ?? String(ordinal);
      return { ordinal, name, result, attempts: 0, reason } as O;
    } finally {
      this.instances.delete(ordinal);
    }
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
