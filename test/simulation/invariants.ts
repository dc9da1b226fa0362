import type { Counts } from '../../src/domain';
import type { Phase, Progress, RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import { Course } from './course';
import type { Cause } from './ledger';
import type { Scenario } from './scenario';
import { must } from './violation';
import { GENERATION, type World } from './world';

/** How the event log calls what stops a rollout; what a person asked for is written down with the message. */
const WRITTEN: Partial<Record<Cause, string>> = {
  threshold: 'tripped',
  deadline: 'deadline_passed',
  approval_timeout: 'approval_timed_out',
  cancel: 'cancel_requested',
};

/** What the engine shows after an event. */
export interface View {
  progress: Progress;
  counts: Counts;
  quiet: boolean;
  wakeAt: number | undefined;
  phaseOf(ordinal: number): Phase;
  touchedOf(ordinal: number): boolean;
  inFlight(): number[];
}

/** Asserts the invariants of a rollout, event by event; the world's truth is judged at the end, in verdict.ts. */
export class Judge {
  readonly course: Course;
  ended = false;
  /** When the last change ended; what has to be fresher than it, is compared with it. */
  private changeEnded = -1;
  private readsAnswered = 0;
  private readsAtBatch = 0;
  private readonly asked = { reads: 0 };
  private finalRead = false;
  /** Whether good ones were looked at since a batch was last started. */
  private swept = false;
  /** Came back on the release: whoever found that has looked at them. */
  private justSeen = 0;
  private batch: { quota: number; started: number } | null = null;
  private windowLimit = Infinity;
  private lastStart = -1;
  private lastRestore = -Infinity;
  private generation: number | null = null;
  private drawing = false;
  private patrolled = false;
  private goneBack: { failed: number | null; other: number | null } = { failed: null, other: null };
  private steps = 0;
  private spentMs = 0;
  private budgetMs = 0;
  private lastNow: number;
  private lastWait = '';
  /** Whether the batch started last changes one again. */
  private retried = false;
  private readonly waits = { between: 0, after: 0 };

  constructor(
    private readonly scenario: Scenario,
    private readonly world: World,
  ) {
    this.course = new Course(scenario, world);
    if (scenario.mode === 'rollback') this.generation = GENERATION;
    this.lastNow = world.now;
  }

  /** @param accepted false: a refused message, or an answer that was given before */
  judge(event: RolloutEvent, accepted: boolean, before: Progress, commands: RolloutCommand[], after: Progress): void {
    const { course, world } = this;
    this.steps++;
    this.spend(before);
    const logged = new Set(commands.flatMap((one) => (one.kind === 'log' ? [one.entry.type] : [])));
    const changingBefore = course.ledger.number('changing');
    const failedBefore = course.ledger.failed;
    const inTime = course.hear(event, accepted, before, logged);
    if (course.ledger.number('changing') < changingBefore) this.changeEnded = world.now;
    if (accepted && event.kind === 'membership') {
      this.readsAnswered++;
      const returned = event.returned ?? [];
      this.justSeen = returned.filter(({ ordinal }) => course.ledger.phases[ordinal] === 'good').length;
    }
    if (accepted && event.kind === 'swept') this.swept = true;
    if (accepted && event.kind === 'generation_drawn') {
      this.generation = event.generation;
      this.drawing = false;
    }
    this.record(event, inTime, commands, after, logged);
    if (course.fresh === null) this.sameWait(event, before, after);
    const more = course.ledger.failed > failedBefore;
    if (course.fresh === 'threshold' || (course.cause === 'threshold' && more)) this.trip(after);
    const { batching } = course.ledger;
    if (batching.kind === 'window' && batching.size.kind === 'count')
      this.windowLimit = Math.min(500, batching.size.count);
    this.closeBatch();
    const changing = course.ledger.number('changing');
    let started = 0;
    commands.forEach((command, at) => {
      must(!this.ended, `nothing comes after finish, but ${command.kind} did`);
      if (command.kind === 'change') started += command.ordinals.length;
      this.budget(command);
      this.command(command, event, changing, at === commands.length - 1);
    });
    if (course.fresh && ['rollback', 'cancel', 'abort'].includes(course.fresh) && course.inFlight > 0) {
      must(
        commands.some((one) => one.kind === 'cancel_in_flight'),
        `${course.fresh} must cancel what is in flight`,
      );
    }
    if (started > 0) this.batchStarted(started, changing);
  }

  /** Time that isn't spent waiting for a person has a bound: all that was started, one after another. */
  private spend({ status }: Progress): void {
    const { world } = this;
    if (status !== 'paused' && status !== 'awaiting_approval') this.spentMs += world.now - this.lastNow;
    this.lastNow = world.now;
    must(this.spentMs <= this.budgetMs, `it took ${this.spentMs} ms for what takes ${this.budgetMs} ms at most`);
  }

  private budget(command: RolloutCommand): void {
    const { scenario, world } = this;
    const { sliceMs, readMs, sweepMs, drawMs } = scenario;
    const takes = (ordinals: number[], key: 'takesMs' | 'restoreTakesMs') =>
      ordinals.reduce((sum, one) => sum + (world.instances[one]?.plan[key] ?? 0) + sliceMs, 0);
    if (command.kind === 'change') this.budgetMs += takes(command.ordinals, 'takesMs');
    if (command.kind === 'restore') this.budgetMs += takes(command.ordinals, 'restoreTakesMs');
    if (command.kind === 'read_membership') this.budgetMs += readMs;
    if (command.kind === 'sweep') this.budgetMs += sweepMs;
    if (command.kind === 'draw_generation') this.budgetMs += drawMs;
  }

  /** A wait that goes on keeps its times, whatever else is told: also when the run is renewed. */
  private sameWait(event: RolloutEvent, before: Progress, after: Progress): void {
    const [was, is] = [before.awaiting, after.awaiting];
    const over = was?.until !== undefined && this.world.now >= was.until;
    if (!was || over || event.kind === 'message' || event.kind === 'cancel_requested') return;
    if (was.kind === is?.kind)
      must(was.since === is.since && was.until === is.until, `${event.kind} begins a wait anew`);
    else must(event.kind !== 'start' && event.kind !== 'hold' && event.kind !== 'tick', `${event.kind} loses a wait`);
  }

  /** What happens is written down, by whom and why: also what was refused. */
  private record(
    event: RolloutEvent,
    accepted: boolean,
    commands: RolloutCommand[],
    after: Progress,
    logged: Set<string>,
  ): void {
    const { fresh, cause, drive } = this.course;
    const line = fresh === null ? undefined : WRITTEN[fresh];
    must(line === undefined || logged.has(line), `${fresh} is written down as ${line}`);
    must(
      !commands.some((one) => one.kind === 'change') || this.batch !== null || logged.has('batch_started'),
      'a batch is written down',
    );
    if (event.kind !== 'message') return;
    const { kind, by, reason } = event.message;
    const lines = commands.flatMap((one) => (one.kind === 'log' && one.entry.by === by ? [one.entry] : []));
    const due = accepted ? kind : `${kind}_refused`;
    must(lines.length === 1 && lines[0]?.type === due, `${due} is written down ${lines.length} times`);
    must(!accepted || lines[0]?.reason === reason, `${kind} is written down with its reason`);
    const stopped = accepted && fresh !== null && line === undefined && (cause === fresh || drive.kind !== 'forward');
    const why = after.reason ?? '';
    if (stopped)
      must(why.includes(by) && (reason === undefined || why.includes(reason)), `${kind} by ${by}, but: ${why}`);
    if (accepted && kind === 'promote') must(after.awaiting?.kind !== 'bake', 'what was promoted is still waited for');
  }

  /** Called once the commands are carried out: what the engine shows must agree with what is known. */
  check(view: View): void {
    const { course, world } = this;
    const { ledger } = course;
    const { progress, wakeAt } = view;
    this.status(progress);
    this.step(progress);
    this.counts(view.counts);
    must(sameCounts(progress.counts, view.counts), 'progress shows the same counts');
    must(view.quiet === world.quiet, `it says ${view.quiet ? 'quiet' : 'busy'} with ${course.inFlight} in flight`);
    if (ledger.total <= 60 || this.steps % 50 === 0) this.members(view);
    const { tripped } = course;
    const most = tripped ? tripped.allowed + tripped.inFlight + tripped.degraded : Infinity;
    must(ledger.failed <= most, `${ledger.failed} failed; with those in flight at the trip ${most} may`);
    if (this.ended) {
      must(wakeAt === undefined, 'it wants no tick after its end');
      const clean = progress.status === 'succeeded' || progress.status === 'completed_with_failures';
      must(clean || this.scenario.mode === 'rollback' || progress.reason !== null, `${progress.status} has a reason`);
      must(progress.status !== 'succeeded' || progress.reason === null, `succeeded, but: ${progress.reason}`);
      return;
    }
    const waits = progress.awaiting !== undefined;
    const running = course.drive.kind === 'forward' || course.drive.kind === 'back';
    must(
      course.held || !world.quiet || !running || waits,
      'it is stuck: nothing is in flight, and it waits for nothing',
    );
    this.slots();
    this.wait(progress, wakeAt);
    this.waysBack();
    this.deadline(progress, wakeAt);
    const watching = course.drive.kind !== 'back' && ledger.number('good') > 0;
    must(
      course.held || this.patrolled === watching,
      `the patrol is ${this.patrolled ? 'on with nobody to watch' : 'off'}`,
    );
  }

  /** A run goes on as a new one: its activities have ended with the old one. */
  renewed(): void {
    this.patrolled = false;
  }

  /** Where it stands: the batch that runs, or the next one where something is awaited before it. */
  private step({ step, awaiting }: Progress): void {
    const { course } = this;
    const { ledger, drive } = course;
    must(step.index >= 1 && step.index <= step.of, `step ${step.index} of ${step.of}`);
    if (drive.kind === 'ended' || ledger.total > 60) return;
    const { batching } = ledger;
    let batches = course.batches;
    for (let left = ledger.number('pending'); left > 0 && batching.kind === 'batches'; batches++) {
      const size = batching.sizes[Math.min(batches + 1, batching.sizes.length) - 1];
      left -= size ? ledger.size(size) : left;
    }
    const index = Math.max(1, course.batches + (awaiting?.kind === 'approval' ? 1 : 0));
    must(step.index === Math.min(index, step.of), `it is at batch ${index}, not ${step.index}`);
    if (drive.kind !== 'back')
      must(step.of === Math.max(1, index, batches), `${batches} batches in all, not ${step.of}`);
    const kinds = { approval: 'approve', bake: 'bake', resume: 'update' } as const;
    const kind = awaiting ? kinds[awaiting.kind] : 'update';
    must(step.kind === kind, `it is a step of ${kind}, not of ${step.kind}`);
  }

  private status({ status, endedAt, rollbackGeneration, rollbackCount }: Progress): void {
    const { drive } = this.course;
    const generation = this.scenario.mode === 'rollback' ? GENERATION : (this.generation ?? undefined);
    must(rollbackGeneration === generation, `the rollback's generation is ${generation}, not ${rollbackGeneration}`);
    must((endedAt !== undefined) === this.ended, 'it has an end when it has ended');
    switch (drive.kind) {
      case 'ended':
        must(this.ended && status === drive.status, `it has to end ${drive.status} now, and is ${status}`);
        return;
      case 'paused':
        must(status === 'paused', `it is ${status} when it should be paused`);
        return;
      case 'back': {
        const due = drive.which === 'touched' ? 'rolling_back' : 'running';
        must(status === due, `it is ${status} on the way back, not ${due}`);
        must(this.ended || !this.finished, 'a rollback with nothing left to do ends');
        must(rollbackCount === (drive.which === 'touched' ? 1 : 0), `it counts ${rollbackCount} rollbacks`);
        return;
      }
      case 'forward':
        must(status === 'running' || status === 'awaiting_approval', `it is ${status} on its way forward`);
        must(rollbackCount === 0, 'it counts a rollback on its way forward');
    }
  }

  private get finished(): boolean {
    const { course, world } = this;
    return course.cause === null && world.quiet && !this.drawing && !course.anyGoesBack;
  }

  private counts(counts: Counts): void {
    const { ledger } = this.course;
    const own: Counts = {
      total: ledger.total,
      pending: ledger.number('pending'),
      in_flight: this.course.inFlight,
      succeeded: ledger.number('good'),
      failed: ledger.failed,
      unchanged: ledger.number('unchanged'),
      skipped: ledger.number('skipped') + ledger.number('excluded') + ledger.number('left'),
      rolled_back: ledger.number('restored'),
      unresolved: ledger.number('unresolved'),
    };
    must(sameCounts(own, counts), () => `counts are ${JSON.stringify(own)}, it says ${JSON.stringify(counts)}`);
    const { total, ...parts } = counts;
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    must(sum === total, `counts add up to ${sum} of ${total}`);
    must(this.course.inFlight === this.world.operating, `${this.world.operating} are really in flight`);
  }

  private members(view: View): void {
    const { ledger } = this.course;
    const flying: number[] = [];
    for (let one = 0; one < ledger.total; one++) {
      const phase = ledger.phases[one];
      must(view.phaseOf(one) === phase, () => `member ${one} is ${phase}, it says ${view.phaseOf(one)}`);
      must(view.touchedOf(one) === ledger.touched[one], `member ${one}: touched is ${ledger.touched[one]}`);
      if (phase === 'changing' || phase === 'restoring') flying.push(one);
    }
    const shown = view.inFlight().sort((a, b) => a - b);
    must(shown.join() === flying.join(), () => `${flying.join()} are in flight, it says ${shown.join()}`);
  }

  /** The next one starts as soon as one ends. */
  private slots(): void {
    const { course, batch, windowLimit } = this;
    const { ledger } = course;
    const changing = ledger.number('changing');
    if (!course.forward || course.held || !batch || changing === 0) return;
    const limit = batch.quota === Infinity ? windowLimit : Math.min(500, batch.quota);
    const more = Math.min(ledger.number('pending'), batch.quota - batch.started);
    must(more === 0 || changing >= limit, `${changing} are in flight, ${limit} may be, and ${more} wait`);
  }

  /** On the way back, too, the next one starts as soon as one ends. */
  private waysBack(): void {
    const { course } = this;
    if (course.drive.kind !== 'back' || course.cause !== null || course.held || this.generation === null) return;
    const restoring = course.ledger.number('restoring');
    if (restoring >= course.leastWidth) return;
    must(!course.anyGoesBack, `${restoring} go back at a time, ${course.leastWidth} could`);
  }

  /** A wait that is shown has its reason and its length. */
  private wait({ status, awaiting }: Progress, wakeAt: number | undefined): void {
    const { course, scenario, world } = this;
    if (status === 'paused') {
      must(awaiting?.kind === 'resume', 'paused, it awaits resume');
      return;
    }
    must(
      (status === 'awaiting_approval') === (awaiting?.kind === 'approval'),
      `${status}, it awaits ${awaiting?.kind}`,
    );
    if (!awaiting) return;
    const shown = `${awaiting.kind} ${awaiting.since} ${course.ledger.number('pending') > 0}`;
    if (shown !== this.lastWait && awaiting.kind === 'bake') this.baked();
    this.lastWait = shown;
    must(course.forward && course.inFlight === 0, 'a wait is for when nothing is in flight on the way forward');
    const pending = course.ledger.number('pending');
    must(
      awaiting.since <= world.now && awaiting.since >= this.changeEnded,
      'a wait begins when the last change has ended',
    );
    const length = awaiting.until === undefined ? undefined : awaiting.until - awaiting.since;
    if (awaiting.kind === 'approval') {
      const approval = scenario.policy.approvals.find((one) => one.beforeBatch === course.batches + 1);
      must(approval !== undefined && pending > 0, `nobody asked for an approval before batch ${course.batches + 1}`);
      must(course.approvedFor <= course.batches, `batch ${course.approvedFor} has its approval already`);
      must(length === approval.timeoutMs, `an approval has ${approval.timeoutMs} ms, not ${length}`);
    } else {
      const due = pending > 0 ? course.pauseBetweenMs : scenario.policy.bakeMs;
      must(pending === 0 || course.batches > 0, 'there is no pause before the first batch');
      must(due > 0, 'a wait of no time is none');
      must(length === due, `a wait with ${pending} pending takes ${due} ms, not ${length}`);
    }
    if (awaiting.until !== undefined) {
      must(wakeAt !== undefined && wakeAt <= awaiting.until, `it waits until ${awaiting.until} and wakes at ${wakeAt}`);
    }
  }

  /** One wait before each batch and one after the last; a pause, a retry, a skip or a joiner may bring another. */
  private baked(): void {
    const { course, scenario } = this;
    const pending = course.ledger.number('pending') > 0;
    must(pending || course.ledger.number('good') > 0, 'a bake needs somebody to watch');
    this.waits[pending ? 'between' : 'after']++;
    const again = course.accepted.filter((kind) => ['resume', 'retry', 'skip'].includes(kind)).length;
    const most = pending ? course.batches + 1 + again : 1 + again;
    must(
      this.waits[pending ? 'between' : 'after'] <= most,
      `it waits ${pending ? 'before a batch' : 'after the last'} too often`,
    );
    this.budgetMs += (pending ? course.pauseBetweenMs : scenario.policy.bakeMs) + scenario.tickLateMs;
  }

  /** The deadline stands still while paused, awaiting a person or baking, and doesn't bind a rollback. */
  private deadline({ awaiting }: Progress, wakeAt: number | undefined): void {
    const { course, scenario, world } = this;
    const baking = awaiting?.kind === 'bake' && course.ledger.number('pending') === 0;
    course.counting = course.forward && awaiting?.kind !== 'approval' && !baking;
    const { deadlineMs } = scenario.policy;
    if (deadlineMs === null || !course.counting) return;
    const at = world.now + Math.max(0, deadlineMs - course.countedMs);
    must(wakeAt !== undefined && wakeAt <= at, `the deadline is at ${at}, and it wakes at ${wakeAt}`);
  }

  /** The reason of a trip carries its numbers, also of those that fail while the others end. */
  private trip({ reason }: Progress): void {
    const { ledger } = this.course;
    const numbers = /(\d+) of (\d+) instances? failed; the limit is (\d+)/.exec(reason ?? '');
    must(numbers !== null, `a trip carries its numbers, this one says: ${reason}`);
    const [, failed, targeted, limit] = numbers.map(Number);
    must(
      failed === ledger.failed && targeted === ledger.targeted && limit === ledger.allowed,
      `${ledger.failed} of ${ledger.targeted} failed and ${ledger.allowed} are allowed, but it says: ${numbers[0]}`,
    );
  }

  private command(command: RolloutCommand, event: RolloutEvent, changing: number, last: boolean): void {
    const { course, world } = this;
    switch (command.kind) {
      case 'change':
        must(course.forward, `no change starts after ${course.cause ?? course.drive.kind}`);
        must(!course.held, 'no change starts while it is held');
        must(!(course.counting && course.overdue), 'no change starts after the deadline');
        must(this.generation === null, 'a change after a generation was drawn for a rollback is stale');
        if (!this.batch) this.retried = false;
        must(world.open.membership + world.open.sweep === 0, 'no change starts before its questions are answered');
        command.ordinals.forEach((ordinal) => this.change(ordinal, command.round));
        if (!this.batch) this.openBatch(changing);
        return;
      case 'restore':
        must(course.drive.kind === 'back' && course.cause === null, 'restores belong to a rollback');
        must(!course.held, 'no restore starts while it is held');
        must(
          command.generation === this.generation,
          `restores run under ${this.generation}, not ${command.generation}`,
        );
        must(
          this.scenario.mode === 'rollback' || command.generation > GENERATION,
          'a rollback has a higher generation',
        );
        command.ordinals.forEach((ordinal) => this.restore(ordinal));
        must(
          course.ledger.number('restoring') <= course.width,
          `${course.ledger.number('restoring')} are restored at a time, ${course.width} may`,
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
        must(!this.finalRead, 'membership is read once after the last batch');
        must(course.ledger.number('pending') === 0 || course.batches > 0, 'the snapshot is new: nobody is asked again');
        must(this.asked.reads === 0 || course.ledger.number('pending') === 0, 'membership is read once before a batch');
        this.asked.reads++;
        if (course.ledger.number('pending') === 0) this.lastRead();
        return;
      case 'sweep':
        must(course.forward && !course.held, 'a sweep belongs to the way forward');
        must(course.ledger.number('good') > 0, 'a sweep needs somebody to look at');
        return;
      case 'patrol':
        must(!(command.on && this.patrolled), 'one patrol is enough');
        this.patrolled = command.on;
        must(!(command.on && course.held), 'no patrol starts while it is held');
        return;
      case 'draw_generation':
        if (course.drive.kind === 'forward') this.restoreFailed();
        must(course.drive.kind === 'back' && !course.held, 'a generation is drawn for a rollback only');
        must(this.generation === null && !this.drawing, 'one generation is enough for a rollback');
        this.drawing = true;
        return;
      case 'log':
        return;
      case 'finish':
        must(last, 'finish is the last command');
        this.finish(command.status);
        return;
    }
  }

  private change(ordinal: number, round: number): void {
    const { ledger } = this.course;
    must(
      ledger.phases[ordinal] === 'pending',
      () => `member ${ordinal} is ${ledger.phases[ordinal]}: nothing to change`,
    );
    must(!ledger.gone[ordinal], `member ${ordinal} has left`);
    must(round > (ledger.lastRound[ordinal] ?? -1), `round ${round} of member ${ordinal} has its outcome already`);
    ledger.lastRound[ordinal] = round;
    ledger.touched[ordinal] = true;
    ledger.move(ordinal, 'changing');
    if (ledger.firstStart[ordinal] !== null && !ledger.returned[ordinal]) this.retried = true;
    if (ledger.firstStart[ordinal] !== null) return;
    ledger.firstStart[ordinal] = ledger.starts++;
    if (ledger.returned[ordinal]) return;
    const rank = ordinal >= ledger.initial ? 2 : ledger.unhealthy[ordinal] ? 0 : 1;
    const place = rank * 1_000_000 + ordinal;
    must(place > this.lastStart, `member ${ordinal} starts out of order`);
    this.lastStart = place;
  }

  private restore(ordinal: number): void {
    const { ledger } = this.course;
    const phase = ledger.phases[ordinal];
    must(this.course.goesBack(ordinal), `member ${ordinal} is ${phase}: nothing to restore`);
    const failedLeft = ledger.number('failed') - (phase === 'failed' ? 1 : 0);
    if (phase === 'good' || phase === 'skipped') {
      // Failed ones that have left are nobody's to restore.
      const waiting = failedLeft === 0 ? [] : ledger.ordinals((p, o) => p === 'failed' && this.course.goesBack(o));
      must(waiting.length === 0, `member ${ordinal} goes back before failed ${waiting[0]}`);
    }
    if (this.scenario.mode === 'rollback') {
      const place = (ledger.unhealthy[ordinal] ? 0 : 1_000_000) - ordinal;
      must(place > this.lastRestore, `member ${ordinal} goes back out of order`);
      this.lastRestore = place;
    }
    const start = ledger.firstStart[ordinal];
    if (start !== null && start !== undefined && phase !== 'pending' && !ledger.returned[ordinal]) {
      const lane = phase === 'failed' ? 'failed' : 'other';
      const previous = this.goneBack[lane];
      must(previous === null || start < previous, `member ${ordinal} goes back in the order of start, not in reverse`);
      this.goneBack[lane] = start;
    }
    ledger.move(ordinal, 'restoring');
  }

  private closeBatch(): void {
    const { ledger } = this.course;
    if (ledger.number('changing') > 0 || !this.course.forward) return;
    if (this.batch && (this.batch.started >= this.batch.quota || ledger.number('pending') === 0)) this.batch = null;
  }

  /** Checks all that comes before a batch. */
  private openBatch(changing: number): void {
    const { course, world, scenario } = this;
    const { ledger } = course;
    must(changing === 0, 'a batch starts when the one before has ended');
    course.batches++;
    const number = course.batches;
    const { batching } = ledger;
    const windowed = batching.kind === 'window';
    const size = windowed ? batching.size : (batching.sizes[Math.min(number, batching.sizes.length) - 1] ?? null);
    must(size !== null, 'a strategy has sizes');
    const asked = ledger.size(size);
    // What this decision has moved to changing already was pending a moment ago.
    const pending = ledger.number('pending') + ledger.number('changing');
    this.batch = { quota: windowed ? Infinity : Math.min(asked, pending), started: 0 };
    this.windowLimit = Math.min(500, asked);
    course.largest = Math.max(course.largest, Math.min(asked, pending));
    const approval = scenario.policy.approvals.some((one) => one.beforeBatch === number);
    must(!approval || course.approvedFor === number, `batch ${number} starts without its approval`);
    if (number > 1) {
      const since = world.now - this.changeEnded;
      const promoted = course.promotedAt >= this.changeEnded;
      must(windowed || promoted || since >= course.pauseBetweenMs, `batch ${number} starts ${since} ms after the last`);
      must(
        this.finalRead || this.readsAnswered > this.readsAtBatch,
        `batch ${number} starts without a look at who is there`,
      );
      must(
        this.swept || ledger.number('good') <= this.justSeen,
        `batch ${number} starts without a look at the good ones`,
      );
    }
    this.readsAtBatch = this.readsAnswered;
    this.asked.reads = 0;
    this.swept = false;
  }

  private batchStarted(started: number, changing: number): void {
    const { ledger, batching } = { ledger: this.course.ledger, batching: this.course.ledger.batching };
    const { batch } = this;
    must(batch !== null, 'changes belong to a batch');
    batch.started += started;
    const inFlight = ledger.number('changing');
    this.course.widest = Math.max(this.course.widest, inFlight);
    const limit = batching.kind === 'window' ? this.windowLimit : Math.min(500, batch.quota);
    must(inFlight <= limit, `${inFlight} are in flight, ${limit} may be`);
    must(batch.started <= batch.quota, `${batch.started} were started in a batch of ${batch.quota}`);
    const wanted = Math.min(
      limit,
      changing + ledger.number('pending') + started,
      batch.quota - batch.started + inFlight,
    );
    must(inFlight === wanted, `${inFlight} are in flight, ${wanted} could be`);
  }

  private lastRead(): void {
    this.finalRead = true;
    this.bakedEnough();
  }

  /** Whether the good ones were watched for as long as they have to be. */
  private bakedEnough(): void {
    const { course, world, scenario } = this;
    const { bakeMs } = scenario.policy;
    if (bakeMs === 0 || course.ledger.number('good') === 0 || this.changeEnded < 0) return;
    const baked = world.now - this.changeEnded >= bakeMs || course.promotedAt >= this.changeEnded;
    must(baked, `baked ${world.now - this.changeEnded} ms of ${bakeMs}`);
  }

  private finish(status: string): void {
    const { course, world } = this;
    const { ledger } = course;
    must(course.inFlight === 0 && world.quiet, 'finish comes when nothing is in flight');
    must(!this.patrolled, 'the patrol ends before finish');
    this.ended = true;
    const { drive } = course;
    if (drive.kind === 'ended') {
      must(status === drive.status, `it ends ${status} instead of ${drive.status}`);
    } else if (drive.kind === 'back') {
      must(course.cause === null && !course.anyGoesBack, 'a rollback ends when all that was touched had its turn');
      const incomplete = drive.final === 'rolled_back' && ledger.number('unresolved') > 0;
      const due = incomplete ? 'rollback_incomplete' : drive.final;
      must(status === due, `a rollback ends ${status} instead of ${due}`);
    } else {
      this.closing(status);
      const due = ledger.failed > 0 ? 'completed_with_failures' : 'succeeded';
      must(status === due, `${ledger.failed} failed and it ends ${status}`);
      must(this.scenario.policy.failedInstances === 'leave' || !this.anyToRestore, 'failed ones are restored');
    }
    course.drive = { kind: 'ended', status: status as never };
  }

  /** Checks all that comes before the end of the way forward. */
  private closing(end: string): void {
    const { course } = this;
    const { ledger, drive } = course;
    must(drive.kind === 'forward' && course.cause === null, `it ends ${end} while ${course.cause ?? drive.kind}`);
    must(!course.held, 'it is held: the end waits');
    must(ledger.number('pending') === 0, `it ends ${end} with members pending`);
    must(this.finalRead, 'membership is read once after the last batch');
    if (this.retried) this.bakedEnough();
    must(this.swept || ledger.number('good') <= this.justSeen, 'the good ones are looked at before success');
    must(!ledger.over, `it ends ${end} with more failures than allowed`);
  }

  private restoreFailed(): void {
    this.closing('restoring failed ones');
    must(this.scenario.policy.failedInstances === 'restore' && this.anyToRestore, 'failed ones are left');
    this.course.drive = { kind: 'back', which: 'failed', final: 'completed_with_failures' };
  }

  private get anyToRestore(): boolean {
    return this.course.ledger.ordinals((phase, one) => phase === 'failed' && !this.course.ledger.gone[one]).length > 0;
  }
}

function sameCounts(a: Counts, b: Counts): boolean {
  return (Object.keys(a) as (keyof Counts)[]).every((key) => a[key] === b[key]);
}
