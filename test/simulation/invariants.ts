import type { Progress, RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import type { Course } from './course';
import { Facts } from './facts';
import type { Scenario } from './scenario';
import { sameCounts, Shown, type View } from './shown';
import { Spending } from './spending';
import { must } from './violation';
import { Waits } from './waits';
import { WayBack } from './way-back';
import { WayForward } from './way-forward';
import { GENERATION, type World } from './world';
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
  private steps = 0;

  constructor(scenario: Scenario, world: World) {
    this.facts = new Facts(scenario, world);
    this.spending = new Spending(this.facts);
    this.forward = new WayForward(this.facts);
    this.back = new WayBack(this.facts);
    this.shown = new Shown(this.facts);
    this.waits = new Waits(this.facts, this.spending);
    this.written = new Written(this.facts);
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
      this.command(command, event, changing, at === commands.length - 1);
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

  private command(command: RolloutCommand, event: RolloutEvent, changing: number, last: boolean): void {
    const { course, world } = this.facts;
    switch (command.kind) {
      case 'change':
        must(course.forward, `no change starts after ${course.cause ?? course.drive.kind}`);
        must(!course.held, 'no change starts while it is held');
        must(!course.deadline.over, 'no change starts after the deadline');
        must(this.facts.generation === null, 'a change after a generation was drawn for a rollback is stale');
        must(world.open.membership + world.open.sweep === 0, 'no change starts before its questions are answered');
        command.ordinals.forEach((ordinal) => this.forward.change(ordinal, command.round));
        if (!this.facts.batch) {
          this.written.batches(course.batches);
          this.forward.openBatch(changing);
        }
        return;
      case 'restore':
        must(course.drive.kind === 'back' && course.cause === null, 'restores belong to a rollback');
        must(!course.held, 'no restore starts while it is held');
        must(
          command.generation === this.facts.generation,
          `restores run under ${this.facts.generation}, not ${command.generation}`,
        );
        must(
          this.facts.scenario.mode === 'rollback' || command.generation > GENERATION,
          'a rollback has a higher generation',
        );
        command.ordinals.forEach((ordinal) => this.back.restore(ordinal));
        must(
          course.ledger.number('restoring') <= course.width.most,
          `${course.ledger.number('restoring')} are restored at a time, ${course.width.most} may`,
        );
        return;
      case 'cancel_in_flight':
        must(
          course.fresh !== null && course.inFlight > 0 && ['rollback', 'cancel', 'abort'].includes(course.fresh),
          `${course.fresh ?? event.kind} lets what is in flight end by itself`,
        );
        return;
      case 'read_membership':
        must(course.forward && !course.held, 'membership is read on the way forward only');
        must(course.inFlight === 0 && world.quiet, 'membership is read at boundaries, when nothing is in flight');
        must(!this.facts.finalRead, 'membership is read once after the last batch');
        must(
          course.ledger.number('pending') === 0 || course.batches > 0 || this.facts.waited,
          'the snapshot is new: nobody is asked again',
        );
        must(
          this.facts.readsAsked === 0 || course.ledger.number('pending') === 0,
          'membership is read once before a batch',
        );
        this.facts.readsAsked++;
        if (course.ledger.number('pending') === 0) this.forward.lastRead();
        return;
      case 'sweep':
        must(course.forward && !course.held, 'a sweep belongs to the way forward');
        must(course.ledger.number('good') > 0, 'a sweep needs somebody to look at');
        return;
      case 'patrol':
        must(!(command.on && this.facts.patrolled), 'one patrol is enough');
        this.facts.patrolled = command.on;
        must(!(command.on && course.held), 'no patrol starts while it is held');
        return;
      case 'draw_generation':
        if (course.drive.kind === 'forward') this.restoreFailed();
        must(course.drive.kind === 'back' && !course.held, 'a generation is drawn for a rollback only');
        must(this.facts.generation === null && !this.facts.drawing, 'one generation is enough for a rollback');
        this.facts.drawing = true;
        return;
      case 'log':
        return;
      case 'finish':
        must(last, 'finish is the last command');
        this.finish(command.status);
        return;
    }
  }

  private finish(status: string): void {
    const { course, world } = this.facts;
    const { ledger } = course;
    must(course.inFlight === 0 && world.quiet, 'finish comes when nothing is in flight');
    must(!this.facts.patrolled, 'the patrol ends before finish');
    this.facts.ended = true;
    const { drive } = course;
    if (drive.kind === 'ended') {
      must(status === drive.status, `it ends ${status} instead of ${drive.status}`);
    } else if (drive.kind === 'back') {
      must(course.cause === null && !course.anyGoesBack, 'a rollback ends when all that was touched had its turn');
      const incomplete = drive.final === 'rolled_back' && ledger.number('unresolved') > 0;
      const due = incomplete ? 'rollback_incomplete' : drive.final;
      must(status === due, `a rollback ends ${status} instead of ${due}`);
    } else {
      this.forward.closing(status);
      const due = ledger.failed > 0 ? 'completed_with_failures' : 'succeeded';
      must(status === due, `${ledger.failed} failed and it ends ${status}`);
      must(this.facts.scenario.policy.failedInstances === 'leave' || !this.anyToRestore, 'failed ones are restored');
    }
    course.drive = { kind: 'ended', status: status as never };
  }

  private restoreFailed(): void {
    this.forward.closing('restoring failed ones');
    must(this.facts.scenario.policy.failedInstances === 'restore' && this.anyToRestore, 'failed ones are left');
    this.facts.course.drive = { kind: 'back', which: 'failed', final: 'completed_with_failures' };
  }

  private get anyToRestore(): boolean {
    return (
      this.facts.course.ledger.ordinals((phase, one) => phase === 'failed' && !this.facts.course.ledger.gone[one])
        .length > 0
    );
  }
}
