import type { RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import { isLeft, type Acts } from './acts';
import type { Facts } from './facts';
import type { Stages } from './stages';
import { must } from './violation';
import type { WayBack } from './way-back';
import type { WayForward } from './way-forward';
import { GENERATION } from './world';
import type { Written } from './written';

/** Judges each command: whether it may be given where the rollout stands. */
export class Commands {
  constructor(
    private readonly facts: Facts,
    private readonly forward: WayForward,
    private readonly back: WayBack,
    private readonly written: Written,
    private readonly acts: Acts,
    private readonly stages: Stages,
  ) {}

  /**
   * @param changing how many were being changed before the event's commands
   * @param last of the event's commands
   */
  judge(command: RolloutCommand, event: RolloutEvent, changing: number, last: boolean): void {
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
          course.fresh !== null && this.busy && ['rollback', 'cancel', 'abort'].includes(course.fresh),
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
      case 'measure':
        must(course.delivery.watching && course.delivery.asked === null, 'nobody asked for this measurement');
        return;
      case 'act':
        this.acts.judge(command);
        return;
      case 'guard':
        return;
      case 'draw_generation':
        if (course.drive.kind === 'forward') this.restoreFailed();
        must(course.delivery.act === null, 'requests go back before instances do');
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
    const { ledger, delivery } = course;
    must(course.inFlight === 0 && world.quiet, 'finish comes when nothing is in flight');
    must(!this.facts.patrolled, 'the patrol ends before finish');
    this.facts.ended = true;
    const { drive } = course;
    if (drive.kind === 'ended') {
      must(status === drive.status, `it ends ${status} instead of ${drive.status}`);
    } else if (drive.kind === 'back') {
      must(course.cause === null && !course.anyGoesBack, 'a rollback ends when all that was touched had its turn');
      const left = drive.which !== 'failed' && isLeft(delivery);
      const incomplete = drive.final === 'rolled_back' && (ledger.number('unresolved') > 0 || left);
      const due = incomplete ? 'rollback_incomplete' : drive.final;
      must(status === due, `a rollback ends ${status} instead of ${due}`);
    } else {
      this.forward.closing(status);
      must(this.stages.isOver, `it ends ${status} in the middle of its course`);
      const dropped = delivery.flags.size > 0 ? 'completed_with_failures' : 'rolled_back';
      const well = delivery.dropped.size > 0 ? dropped : 'succeeded';
      const due = ledger.failed > 0 ? 'completed_with_failures' : well;
      must(status === due, `${ledger.failed} failed and it ends ${status}`);
      must(this.facts.scenario.policy.failedInstances === 'leave' || !this.anyToRestore, 'failed ones are restored');
    }
    course.drive = { kind: 'ended', status: status as never };
  }

  private get busy(): boolean {
    return this.facts.course.inFlight > 0 || this.facts.course.delivery.act !== null;
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
