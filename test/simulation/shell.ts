import type { PackedRollout, Progress, RolloutCommand, RolloutEvent, RolloutState } from '../../src/domain/rollout';
import { brief } from './brief';
import { created } from './created';
import type { Engine } from './engine';
import { Judge } from './invariants';
import { judgeRefusal } from './legal';
import { anyMessage } from './person';
import type { Scenario } from './scenario';
import { judgeTruth } from './verdict';
import { judgeOutside } from './verdict-outside';
import { viewOf } from './view';
import { must } from './violation';
import { World } from './world';

/** What the workflow is to the engine: tells it what has happened, and has carried out what it commands; here judged. */
export class Shell {
  readonly world: World;
  readonly judge: Judge;
  state: RolloutState;
  /** What the engine showed last. */
  shown: Progress;
  finished = false;
  /** How many the engine was told. */
  events = 0;
  renewals = 0;
  /** How many restores were commanded. */
  wentBack = 0;
  readonly causes: string[] = [];
  private holding = false;
  private everFailed = 0;
  private readonly answered: RolloutEvent[] = [];

  constructor(
    private readonly scenario: Scenario,
    readonly engine: Engine,
    private readonly log: string[] | undefined,
  ) {
    this.world = new World(scenario);
    this.judge = new Judge(scenario, this.world);
    this.state = created(engine, scenario, this.world);
    this.judge.begin(this.state.policy.course);
    this.shown = engine.progressOf(this.state);
  }

  /** Whether there is more than instances. */
  get delivers(): boolean {
    return this.scenario.delivery !== undefined;
  }

  /** When the engine wants a tick. */
  get wakeAt(): number | undefined {
    return this.engine.wakeAt(this.state);
  }

  /** Feeds an event, has the judge look at what comes of it, and has the world carry it out. */
  feed(event: RolloutEvent, accepted = true): RolloutCommand[] {
    const { engine, world, judge } = this;
    this.events++;
    const { commands } = engine.decide(this.state, event, world.now);
    this.log?.push(`${world.now} ${brief(event)} → ${commands.map(brief).join(' · ') || '–'}`);
    judge.judge(event, accepted, this.shown, commands, engine.progressOf(this.state), this.state.delivery.at);
    if (judge.course.fresh) this.causes.push(judge.course.fresh);
    for (const command of commands) {
      world.obey(command);
      if (command.kind === 'restore') this.wentBack++;
      if (command.kind === 'finish') this.finished = true;
    }
    const view = viewOf(engine, this.state);
    this.shown = view.progress;
    judge.check(view);
    this.probe();
    const { ledger } = judge.course;
    this.everFailed = Math.max(
      this.everFailed,
      ledger.failed + ledger.number('unresolved') + ledger.number('restored'),
    );
    return commands;
  }

  /** Takes in what the world tells. */
  deliver(event: RolloutEvent, repeated: boolean): void {
    if (repeated) return this.nothingTwice(event);
    if (event.kind !== 'degraded') this.answered.push(event);
    this.feed(event);
  }

  /** An answer that was given already is given again. */
  repeat(pick: number): void {
    const finding = this.answered.findLast((one) => one.kind === 'swept' && one.degraded.length > 0);
    const any = this.answered[pick % Math.max(1, this.answered.length)];
    const event = pick % 2 === 0 ? (finding ?? any) : any;
    if (event && this.isOld(event)) this.nothingTwice(event);
  }

  /** A tick that nobody asked for. */
  earlyTick(): void {
    const wake = this.wakeAt;
    if (wake === undefined || wake > this.world.now) this.nothingTwice({ kind: 'tick' });
  }

  /** This was told before, or is refused: but for a line in the log nothing may come of it. */
  nothingTwice(event: RolloutEvent): void {
    const wake = this.wakeAt;
    const due = wake !== undefined && wake <= this.world.now;
    const before = this.remembered();
    const commands = this.feed(event, false);
    if (due) return;
    const effects = commands.filter((one) => one.kind !== 'log').map((one) => one.kind);
    must(effects.length === 0, () => `${brief(event)} told twice leads to ${effects.join(', ')}`);
    const after = this.remembered();
    must(before === after, () => `${brief(event)} told twice changes ${before} to ${after}`);
  }

  /** All that the engine keeps but for how far it has looked for the next one. */
  remembered(): string {
    const cursors = new Set(['cursor', 'pass', 'position']);
    return JSON.stringify(this.engine.packRollout(this.state), (key, value: unknown) =>
      cursors.has(key) ? null : value,
    );
  }

  /** Lets nothing new start, so that the run can be renewed. */
  hold(): void {
    if (this.holding) return;
    this.holding = true;
    this.feed({ kind: 'hold' });
  }

  /** Whether it is time to continue as new. */
  get isRenewable(): boolean {
    return this.holding && this.engine.isQuiet(this.state);
  }

  /** Continues as new: what the new run knows is what was packed. */
  renew(): void {
    const { engine } = this;
    must(this.world.quiet, 'it is quiet while something is in flight');
    const text = JSON.stringify(engine.packRollout(this.state));
    must(text.length < 64 * 1024, `the state has ${text.length} bytes`);
    const shown = JSON.stringify(engine.progressOf(this.state));
    viewOf(engine, this.state).inFlight();
    must(text === JSON.stringify(engine.packRollout(this.state)), 'looking changes nothing');
    this.state = engine.unpackRollout(JSON.parse(text) as PackedRollout);
    must(text === JSON.stringify(engine.packRollout(this.state)), 'packed, unpacked and packed again, it is the same');
    must(shown === JSON.stringify(engine.progressOf(this.state)), 'unpacked, it shows the same');
    this.renewals++;
    this.holding = false;
    this.world.renew();
    this.judge.renewed();
    this.feed({ kind: 'start' });
  }

  /** After the end nothing has any effect, and the instances are what was promised. */
  afterwards(): void {
    const { world, engine, state } = this;
    const before = JSON.stringify(engine.packRollout(state));
    const late: RolloutEvent[] = [{ kind: 'tick' }, { kind: 'cancel_requested' }, { kind: 'hold' }, { kind: 'start' }];
    for (const event of [...late, ...this.answered.slice(-3)]) {
      must(engine.decide(state, event, world.now).commands.length === 0, `${event.kind} after the end has an effect`);
    }
    for (const kind of ['abort', 'rollback', 'pause', 'resume', 'approve', 'reject', 'promote'] as const) {
      must(engine.refusal(state, { kind, by: 'late' }) !== undefined, `${kind} is accepted after the end`);
    }
    must(before === JSON.stringify(engine.packRollout(state)), 'what has ended changes no more');
    world.settleDown();
    judgeTruth(this.judge.course, world, viewOf(engine, state), this.everFailed);
    judgeOutside(this.judge.course, world, this.scenario.delivery, engine.progressOf(state));
  }

  /** Whether an answer that was given can be given again without being taken for a newer one. */
  private isOld(event: RolloutEvent): boolean {
    const { ledger } = this.judge.course;
    const { open } = this.world;
    switch (event.kind) {
      case 'changed':
        return event.outcomes.every((one) => ledger.phases[one.ordinal] !== 'changing');
      case 'restored':
        return event.outcomes.every((one) => ledger.phases[one.ordinal] !== 'restoring');
      case 'membership':
        return open.membership === 0;
      case 'swept':
        return open.sweep === 0;
      case 'generation_drawn':
        return open.draw === 0;
      case 'measured':
        return this.judge.course.delivery.asked?.number !== event.number;
      case 'acted':
        return this.judge.course.delivery.act?.number !== event.number;
      default:
        return false;
    }
  }

  /** Asks about a message that nobody sends. */
  private probe(): void {
    const { course } = this.judge;
    const message = anyMessage(this.events, course.ledger.total);
    judgeRefusal(course, message, this.shown, this.engine.refusal(this.state, message));
  }
}
