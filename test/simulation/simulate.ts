import { MESSAGE_KINDS, type Message } from '../../src/domain';
import type {
  PackedRollout,
  Phase,
  Progress,
  RolloutCommand,
  RolloutEvent,
  RolloutState,
} from '../../src/domain/rollout';
import { brief } from './brief';
import type * as engineModule from '../../src/domain/rollout';
import { instanceName } from './instance';
import { Judge } from './invariants';
import { isWelcome } from './legal';
import { answerOf, messageOf } from './person';
import type { Act, Scenario } from './scenario';
import type { View } from './shown';
import { judgeTruth } from './verdict';
import { must, Violation } from './violation';
import { GENERATION, World } from './world';

/** The engine under test: the real one, or one with a fault planted in it. */
export type Engine = typeof engineModule;

/** What a simulated rollout came to, for statistics. */
export interface Outcome {
  status: string;
  events: number;
  virtualMs: number;
  messages: string[];
  renewals: number;
  fenced: number;
  causes: string[];
}

/** Plays a rollout to its end; throws a Violation when a rule is broken. */
export function simulate(scenario: Scenario, engine: Engine, log?: string[]): Outcome {
  return new Simulation(scenario, engine, log).run();
}

class Simulation {
  private readonly world: World;
  private readonly judge: Judge;
  private state: RolloutState;
  private shown: Progress;
  private finished = false;
  private events = 0;
  private untilAct: number;
  private nextAct = 0;
  private holding = false;
  private renewals = 0;
  private readonly causes: string[] = [];
  private personAsked = false;
  private wentBack = 0;
  private interfered = false;
  private promotedWait = -1;
  private asked = 0;
  /** How many events there had been when somebody last skipped. */
  private skippedAt: number | null = null;
  private idleTicks = 0;
  private everFailed = 0;
  private readonly answered: RolloutEvent[] = [];
  private readonly accepted: string[] = [];
  private readonly startedAt: number;

  constructor(
    private readonly scenario: Scenario,
    private readonly engine: Engine,
    private readonly log: string[] | undefined,
  ) {
    this.world = new World(scenario);
    this.judge = new Judge(scenario, this.world);
    this.startedAt = this.world.now;
    const { UNCHANGED, EXCLUDED, UNHEALTHY } = engine.MEMBER;
    const bits = { plain: 0, unchanged: UNCHANGED, excluded: EXCLUDED, unhealthy: UNHEALTHY };
    const { policy } = scenario;
    const { batching } = policy;
    this.state = engine.createRollout(
      {
        mode: scenario.mode,
        generation: GENERATION,
        policy: {
          strategy: { kind: 'rolling', batching: structuredClone(batching), bakeMs: policy.bakeMs },
          maxFailures: policy.maxFailures,
          failedInstances: policy.failedInstances,
          onFailure: policy.onFailure,
          ...(policy.rollbackBatchSize && { rollbackBatchSize: policy.rollbackBatchSize }),
          approvals: policy.approvals,
          ...(policy.deadlineMs !== null && { deadlineMs: policy.deadlineMs }),
        },
        members: Uint8Array.from(this.world.instances.map(({ plan }) => bits[plan.flag])),
      },
      this.world.now,
    );
    this.shown = engine.progressOf(this.state);
    this.untilAct = scenario.acts[0]?.gap ?? 0;
  }

  run(): Outcome {
    this.feed({ kind: 'start' });
    while (!this.finished) {
      const most = 400 + 60 * this.world.instances.length * (2 + this.accepted.length) + 40 * this.scenario.acts.length;
      must(this.events <= most, `it has no end within ${most} events`);
      this.turn();
    }
    this.afterwards();
    return {
      status: this.shown.status,
      events: this.events,
      virtualMs: this.world.now - this.startedAt,
      messages: this.accepted,
      renewals: this.renewals,
      fenced: this.world.fenced,
      causes: this.causes,
    };
  }

  /** One thing happens: somebody acts, the run is renewed, time passes. */
  private turn(): void {
    const { world, engine, scenario } = this;
    if (this.holding && engine.isQuiet(this.state)) {
      this.renew();
      return;
    }
    const { onTheWayBack } = scenario;
    if (onTheWayBack && !this.interfered && this.judge.course.drive.kind === 'back') {
      if (this.wentBack >= onTheWayBack.restores) {
        this.interfered = true;
        this.act(onTheWayBack.what);
        return;
      }
    }
    if (this.regret()) return;
    const act = scenario.acts[this.nextAct];
    // While it waits little happens: half of the acts come then, without waiting for their turn.
    const early = this.shown.awaiting !== undefined && (act?.gap ?? 0) % 2 === 1;
    if (act && (this.untilAct <= 0 || early)) {
      this.nextAct++;
      this.untilAct = scenario.acts[this.nextAct]?.gap ?? 0;
      return this.act(act.what);
    }
    this.untilAct--;
    this.callPerson();
    const wake = engine.wakeAt(this.state);
    const tickAt = wake === undefined ? undefined : Math.max(world.now, wake + scenario.tickLateMs);
    const { nextAt } = world;
    if (
      tickAt !== undefined &&
      (nextAt === undefined || tickAt < nextAt || (tickAt === nextAt && scenario.lastFirst))
    ) {
      this.idleTicks = tickAt === world.now ? this.idleTicks + 1 : 0;
      must(this.idleTicks < 5, `it wants a tick at ${wake} again and again`);
      world.passTo(tickAt);
      this.feed({ kind: 'tick' });
      return;
    }
    if (nextAt === undefined) {
      if (act) {
        this.untilAct = 0;
        return;
      }
      throw new Violation(`deadlock: nothing will happen any more, and it is ${this.shown.status}`);
    }
    const told = world.step();
    if (told.kind === 'person') this.person();
    else if (told.kind === 'event') this.deliver(told.event, told.repeated);
  }

  /** Whoever has skipped takes it back. */
  private regret(): boolean {
    const { regretsAfter } = this.scenario;
    if (regretsAfter === null || this.skippedAt === null || this.events < this.skippedAt + regretsAfter) return false;
    this.skippedAt = null;
    const { ledger } = this.judge.course;
    const ordinals = ledger.ordinals((phase, one) => phase === 'skipped' && !ledger.gone[one]);
    if (ordinals.length === 0) return false;
    this.say({ kind: 'retry', by: 'a sorry one', ordinals });
    return true;
  }

  private deliver(event: RolloutEvent, repeated: boolean): void {
    if (repeated) return this.nothingTwice(event);
    if (event.kind !== 'degraded') this.answered.push(event);
    this.feed(event);
  }

  /** Somebody comes to look once it waits for a person. */
  private callPerson(): void {
    const { status, awaiting } = this.shown;
    const { promotesAfterMs } = this.scenario;
    if (awaiting?.kind === 'bake' && promotesAfterMs !== null && awaiting.since !== this.promotedWait) {
      this.promotedWait = awaiting.since;
      this.world.askPerson(this.world.now + promotesAfterMs);
    }
    if (this.personAsked || (status !== 'paused' && status !== 'awaiting_approval')) return;
    this.personAsked = true;
    // Whoever waits leaves it to the timeout; only where there is none they come all the same.
    const answer = this.scenario.answers[this.asked % this.scenario.answers.length] ?? 'go';
    const late = answer === 'wait' && awaiting?.until !== undefined ? awaiting.until - this.world.now + 1_000 : 0;
    this.world.askPerson(this.world.now + this.scenario.answerMs + late);
  }

  private person(): void {
    const { status, awaiting } = this.shown;
    if (awaiting?.kind === 'bake' && awaiting.since === this.promotedWait) {
      this.say({ kind: 'promote', by: 'an impatient one' });
      return;
    }
    this.personAsked = false;
    if (status !== 'paused' && status !== 'awaiting_approval') return;
    const answer = this.scenario.answers[this.asked % this.scenario.answers.length] ?? 'go';
    this.earlyTick();
    const message = answerOf(answer, this.judge.course, status, awaiting?.until !== undefined, this.asked++);
    if (message) this.say(message);
  }

  private act(what: Act['what']): void {
    switch (what.kind) {
      case 'message': {
        const message = messageOf(what.message, this.judge.course);
        const accepted = this.say(message);
        if (accepted && what.twice && !this.finished) this.sayAgain(message);
        return;
      }
      case 'cancel':
        this.feed({ kind: 'cancel_requested' });
        if (what.twice && !this.finished) this.nothingTwice({ kind: 'cancel_requested' });
        return;
      case 'hold':
        if (this.holding) return;
        this.holding = true;
        this.feed({ kind: 'hold' });
        return;
      case 'tick':
        this.earlyTick();
        return;
      case 'repeat': {
        const finding = this.answered.findLast((one) => one.kind === 'swept' && one.degraded.length > 0);
        const any = this.answered[what.pick % Math.max(1, this.answered.length)];
        const event = what.pick % 2 === 0 ? (finding ?? any) : any;
        if (event && this.isOld(event)) this.nothingTwice(event);
        return;
      }
      case 'stale_finding': {
        const { ledger } = this.judge.course;
        const ordinals = ledger.ordinals((phase) => phase !== 'good');
        const degraded = what.picks.map((pick) => {
          const ordinal = ordinals[pick % ordinals.length] ?? ledger.total;
          return { ordinal, name: instanceName(ordinal), reason: 'it was seen ill' };
        });
        this.nothingTwice({ kind: 'degraded', degraded });
      }
    }
  }

  /** A tick that nobody asked for. */
  private earlyTick(): void {
    const wake = this.engine.wakeAt(this.state);
    if (wake === undefined || wake > this.world.now) this.nothingTwice({ kind: 'tick' });
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
      default:
        return false;
    }
  }

  /** Sends a message; answers whether it was accepted. */
  private say(message: Message): boolean {
    const { course } = this.judge;
    const before = this.remembered();
    const refused = this.engine.refusal(this.state, message);
    must(before === this.remembered(), `asking whether ${message.kind} is refused changes the state`);
    this.asWelcome(message, refused);
    if (refused !== undefined) {
      must(refused.length > 0, 'a refusal says why');
      if (message.kind === 'resume' && course.drive.kind === 'paused') {
        must(
          /retry/.test(refused) && /skip/.test(refused) && /adjust/.test(refused),
          `it names the ways out: ${refused}`,
        );
      }
      this.nothingTwice({ kind: 'message', message });
      return false;
    }
    this.accepted.push(message.kind);
    if (message.kind === 'skip') this.skippedAt = this.events;
    this.feed({ kind: 'message', message });
    return true;
  }

  /** The same message once more: refused, or without effect. */
  private sayAgain(message: Message): void {
    const before = JSON.stringify(this.engine.countsOf(this.state));
    const refused = this.engine.refusal(this.state, message);
    const commands = this.feed({ kind: 'message', message }, refused === undefined);
    const effects = commands.filter((one) => one.kind !== 'log').map((one) => one.kind);
    must(effects.length === 0, `${message.kind} said twice leads to ${effects.join(', ')}`);
    must(before === JSON.stringify(this.engine.countsOf(this.state)), `${message.kind} said twice changes the counts`);
  }

  /** This was told before, or is refused: but for a line in the log nothing may come of it. */
  private nothingTwice(event: RolloutEvent): void {
    const wake = this.engine.wakeAt(this.state);
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
  private remembered(): string {
    const cursors = new Set(['cursor', 'pass', 'position']);
    return JSON.stringify(this.engine.packRollout(this.state), (key, value: unknown) =>
      cursors.has(key) ? null : value,
    );
  }

  /** Continues as new: what the new run knows is what was packed. */
  private renew(): void {
    const { engine } = this;
    must(this.world.quiet, 'it is quiet while something is in flight');
    const text = JSON.stringify(engine.packRollout(this.state));
    must(text.length < 64 * 1024, `the state has ${text.length} bytes`);
    const shown = JSON.stringify(engine.progressOf(this.state));
    this.view().inFlight();
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

  /** Feeds an event, has the judge look at what comes of it, and has the world carry it out. */
  private feed(event: RolloutEvent, accepted = true): RolloutCommand[] {
    const { engine, world, judge } = this;
    this.events++;
    const { commands } = engine.decide(this.state, event, world.now);
    this.log?.push(`${world.now} ${brief(event)} → ${commands.map(brief).join(' · ') || '–'}`);
    judge.judge(event, accepted, this.shown, commands, engine.progressOf(this.state));
    if (judge.course.fresh) this.causes.push(judge.course.fresh);
    for (const command of commands) {
      world.obey(command);
      if (command.kind === 'restore') this.wentBack++;
      if (command.kind === 'finish') this.finished = true;
    }
    const view = this.view();
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

  /** Asks about a message that nobody sends: another one each time. */
  private probe(): void {
    const { course } = this.judge;
    const kind = MESSAGE_KINDS[this.events % MESSAGE_KINDS.length] ?? 'abort';
    const ordinals = this.events % 3 === 0 ? [] : [(this.events * 7) % Math.max(1, course.ledger.total)];
    const max_failures = { kind: 'count' as const, count: 1 };
    const message: Message =
      kind === 'adjust'
        ? { kind, by: '', adjustment: { max_failures } }
        : kind === 'retry' || kind === 'skip'
          ? { kind, by: '', ordinals }
          : { kind, by: '' };
    this.asWelcome(message, this.engine.refusal(this.state, message));
  }

  private asWelcome(message: Message, refused: string | undefined): void {
    const { course } = this.judge;
    const welcome = isWelcome(course, message, this.shown);
    if (welcome === undefined || welcome === (refused === undefined)) return;
    const what = `${message.kind} while ${course.cause ?? course.drive.kind} (${this.shown.status})`;
    throw new Violation(`${what} is ${refused === undefined ? 'accepted' : `refused: ${refused}`}`);
  }

  private view(): View {
    const { engine, state } = this;
    return {
      progress: engine.progressOf(state),
      counts: engine.countsOf(state),
      quiet: engine.isQuiet(state),
      wakeAt: engine.wakeAt(state),
      phaseOf: (one: number): Phase => engine.phaseOf(state, one),
      touchedOf: (one) => engine.touchedOf(state, one),
      inFlight: () => engine.inFlightOf(state),
    };
  }

  /** After the end nothing has any effect, and the instances are what was promised. */
  private afterwards(): void {
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
    judgeTruth(this.judge.course, world, this.view(), this.everFailed);
  }
}
