import type { Progress, RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import type { Stage } from '../../src/domain/rollout/stage';
import { Acts } from './acts';
import { Commands } from './commands';
import type { Course } from './course';
import { DeliveryWaits } from './delivery-waits';
import { Facts } from './facts';
import type { Scenario } from './scenario';
import { sameCounts, Shown } from './shown';
import { Spending } from './spending';
import { Stages } from './stages';
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
  private readonly stages: Stages;
  private steps = 0;

  constructor(scenario: Scenario, world: World) {
    this.facts = new Facts(scenario, world);
    this.spending = new Spending(this.facts);
    this.stages = new Stages(this.facts);
    const acts = new Acts(this.facts);
    this.forward = new WayForward(this.facts, acts, this.stages);
    this.back = new WayBack(this.facts);
    this.shown = new Shown(this.facts);
    this.waits = new Waits(this.facts, this.spending, new DeliveryWaits(this.facts, this.spending, this.stages));
    this.written = new Written(this.facts);
    this.commands = new Commands(this.facts, this.forward, this.back, this.written, acts, this.stages);
  }

  /** It has a course of so many stages. */
  begin(stages: Stage[] | undefined): void {
    this.stages.begin(stages);
  }

  get course(): Course {
    return this.facts.course;
  }

  /**
   * @param accepted false: a refused message, or an answer that was given before
   * @param at the stage of its course that the engine says is under way
   */
  judge(
    event: RolloutEvent,
    accepted: boolean,
    before: Progress,
    commands: RolloutCommand[],
    after: Progress,
    at: number,
  ): void {
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
    if (accepted && event.kind === 'message' && event.message.kind === 'approve') {
      this.facts.waited = true;
      // In a course it comes after others have been asked for, too.
      if (this.stages.isCourse) this.facts.readsAsked = 0;
    }
    if (accepted && event.kind === 'acted' && course.delivery.closed && event.closed) this.facts.lookAgain();
    // It may have been closed for days.
    if (accepted && event.kind === 'acted' && logged.has('goes_on')) this.facts.lookAgain();
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
    this.stages.pass(at, inTime && event.kind === 'message' && event.message.kind === 'promote');
    const changing = course.ledger.number('changing');
    const busy = course.inFlight > 0 || course.delivery.act !== null;
    let started = 0;
    commands.forEach((command, place) => {
      must(!this.facts.ended, `nothing comes after finish, but ${command.kind} did`);
      if (command.kind === 'change') started += command.ordinals.length;
      this.spending.allow(command);
      this.commands.judge(command, event, changing, place === commands.length - 1);
      course.delivery.command(command, after.awaiting?.until);
    });
    if (course.fresh && ['rollback', 'cancel', 'abort'].includes(course.fresh) && busy) {
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
    course.delivery.seen(progress.awaiting?.kind === 'analysis');
    const { current } = this.stages;
    course.asked = current?.kind === 'approve' ? current : null;
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
