import type { Progress, RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import { Commands } from './commands';
import type { Course } from './course';
import { Facts } from './facts';
import type { Scenario } from './scenario';
import { sameCounts, Shown } from './shown';
import { Spending } from './spending';
import type { View } from './view';
import { must } from './violation';
import { Waits } from './waits';
import { WayBack } from './way-back';
import { WayForward } from './way-forward';
import type { World } from './world';
import { Written } from './written';

/** Asserts the invariants of a rollout, event by event; the world's truth is judged at the end, in verdict.ts. */
export class Judge {
  private readonly facts: Facts;
  private readonly spending: Spending;
  private readonly forward: WayForward;
  private readonly back: WayBack;
  private readonly shown: Shown;
  private readonly waits: Waits;
  private readonly written: Written;
  private readonly commands: Commands;
  private steps = 0;

  constructor(scenario: Scenario, world: World) {
    this.facts = new Facts(scenario, world);
    this.spending = new Spending(this.facts);
    this.forward = new WayForward(this.facts);
    this.back = new WayBack(this.facts);
    this.shown = new Shown(this.facts);
    this.waits = new Waits(this.facts, this.spending);
    this.written = new Written(this.facts);
    this.commands = new Commands(this.facts, this.forward, this.back, this.written);
  }

  get course(): Course {
    return this.facts.course;
  }

  /** @param accepted false: a refused message, or an answer that was given before */
  judge(event: RolloutEvent, accepted: boolean, before: Progress, commands: RolloutCommand[], after: Progress): void {
    const { course, world } = this.facts;
    this.steps++;
    this.spending.spend(before);
    const logged = new Set(commands.flatMap((one) => (one.kind === 'log' ? [one.entry.type] : [])));
    const changingBefore = course.ledger.number('changing');
    const failedBefore = course.ledger.failed;
    const paused = course.drive.kind === 'paused';
    const inTime = course.hear(event, accepted, before, logged);
    if (course.ledger.number('changing') < changingBefore) this.facts.changeEnded = world.now;
    if (accepted && event.kind === 'membership') {
      this.facts.readsAnswered++;
      const returned = event.returned ?? [];
      this.facts.justSeen = returned.filter(({ ordinal }) => course.ledger.phases[ordinal] === 'good').length;
    }
    if (accepted && paused && event.kind === 'message' && event.message.kind === 'resume') this.facts.lookAgain();
    if (accepted && event.kind === 'message' && event.message.kind === 'approve') this.facts.waited = true;
    if (accepted && event.kind === 'swept') this.facts.swept = true;
    if (accepted && event.kind === 'generation_drawn') {
      this.facts.generation = event.generation;
      this.facts.drawing = false;
    }
    this.written.record(event, inTime, commands, after, logged);
    if (course.fresh === null) this.waits.sameWait(event, before, after);
    const more = course.ledger.failed > failedBefore;
    if (course.fresh === 'threshold' || (course.cause === 'threshold' && more)) this.written.trip(after);
    const { batching } = course.ledger;
    if (batching.kind === 'window' && batching.size.kind === 'count')
      this.facts.windowLimit = Math.min(500, batching.size.count);
    this.forward.closeBatch();
    const changing = course.ledger.number('changing');
    let started = 0;
    commands.forEach((command, at) => {
      must(!this.facts.ended, `nothing comes after finish, but ${command.kind} did`);
      if (command.kind === 'change') started += command.ordinals.length;
      this.spending.allow(command);
      this.commands.judge(command, event, changing, at === commands.length - 1);
    });
    if (course.fresh && ['rollback', 'cancel', 'abort'].includes(course.fresh) && course.inFlight > 0) {
      must(
        commands.some((one) => one.kind === 'cancel_in_flight'),
        `${course.fresh} must cancel what is in flight`,
      );
    }
    if (started > 0) this.forward.batchStarted(started, changing);
  }

  /** Called once the commands are carried out: what the engine shows must agree with what is known. */
  check(view: View): void {
    const { course, world } = this.facts;
    const { ledger } = course;
    const { progress, wakeAt } = view;
    this.shown.status(progress);
    this.shown.step(progress);
    this.shown.counts(view.counts);
    must(sameCounts(progress.counts, view.counts), 'progress shows the same counts');
    must(view.quiet === world.quiet, `it says ${view.quiet ? 'quiet' : 'busy'} with ${course.inFlight} in flight`);
    if (ledger.total <= 60 || this.steps % 50 === 0) this.shown.members(view);
    const { tripped } = course;
    const most = tripped ? tripped.allowed + tripped.inFlight + tripped.degraded : Infinity;
    must(ledger.failed <= most, `${ledger.failed} failed; with those in flight at the trip ${most} may`);
    if (this.facts.ended) {
      must(wakeAt === undefined, 'it wants no tick after its end');
      const clean = progress.status === 'succeeded' || progress.status === 'completed_with_failures';
      must(
        clean || this.facts.scenario.mode === 'rollback' || progress.reason !== null,
        `${progress.status} has a reason`,
      );
      must(progress.status !== 'succeeded' || progress.reason === null, `succeeded, but: ${progress.reason}`);
      return;
    }
    const waits = progress.awaiting !== undefined;
    const running = course.drive.kind === 'forward' || course.drive.kind === 'back';
    must(
      course.held || !world.quiet || !running || waits,
      'it is stuck: nothing is in flight, and it waits for nothing',
    );
    this.forward.slots();
    this.waits.check(progress, wakeAt);
    this.back.slots();
    this.waits.deadline(progress, wakeAt);
    const watching = course.drive.kind !== 'back' && ledger.number('good') > 0;
    must(
      course.held || this.facts.patrolled === watching,
      `the patrol is ${this.facts.patrolled ? 'on with nobody to watch' : 'off'}`,
    );
  }

  /** A run goes on as a new one: its activities have ended with the old one. */
  renewed(): void {
    this.facts.patrolled = false;
  }
}
