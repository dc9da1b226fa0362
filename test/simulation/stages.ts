import type { Stage } from '../../src/domain/rollout/stage';
import type { Facts } from './facts';
import { must } from './violation';

/** Judges the way through a course: each stage is passed once its work is done, in order, and none is left out. */
export class Stages {
  /** The stage that is under way. */
  at = 0;
  private stages: Stage[] | undefined;

  constructor(private readonly facts: Facts) {}

  begin(stages: Stage[] | undefined): void {
    this.stages = stages;
  }

  get current(): Stage | undefined {
    return this.stages?.[this.at];
  }

  get isCourse(): boolean {
    return this.stages !== undefined;
  }

  get isOver(): boolean {
    return this.at >= (this.stages?.length ?? 0);
  }

  /** @param at the stage that the engine says is under way: taken at its word, then checked */
  pass(at: number, promoted: boolean): void {
    const { delivery, forward, fresh } = this.facts.course;
    if (!this.stages) return;
    const switched = this.stages.slice(0, this.at).some(({ kind }) => kind === 'switch');
    must(!promoted || !switched || at >= this.stages.length, 'promoted after the switch, it has nothing left to do');
    if (at === this.at) return;
    must(at > this.at, `it goes back from stage ${this.at} to ${at}`);
    must(forward || at === this.at + 1 || fresh === 'traffic', 'it goes on with its course while it stops');
    for (; this.at < at; this.at++) {
      const stage = this.stages[this.at];
      if (stage && !(promoted && switched)) must(this.isDone(stage), () => `it passes ${JSON.stringify(stage)}`);
      delivery.granted = false;
    }
  }

  /**
   * How many more are to run the release before this stage is over.
   * @param begun so many that are being changed were pending a moment ago
   */
  lacking(percent: number, begun = 0): number {
    const { course, scenario } = this.facts;
    const { ledger, delivery } = course;
    const share = percent === 0 ? 0 : ledger.size({ kind: 'percent', percent });
    const there = ledger.number('good') + ledger.number('unchanged') + ledger.number('changing') - begun;
    const pending = ledger.number('pending') + begun;
    // Somebody has to serve the others until the release has all requests, unless there is nobody else.
    const spares = scenario.delivery?.strategy?.kind === 'canary' && delivery.routed && delivery.exposed < 100;
    const alone = pending === 1 && there === 0 && ledger.failed === 0;
    return Math.min(share - there, pending - (spares && !alone ? 1 : 0));
  }

  private isDone(stage: Stage): boolean {
    const { course, scenario } = this.facts;
    const { delivery } = course;
    switch (stage.kind) {
      case 'update':
        return this.lacking(stage.percent) <= 0;
      case 'traffic':
        // A share on the way saves nobody anything where no instance is left to be changed before the next.
        if (stage.towards !== undefined && this.lacking(stage.towards) <= 0) return true;
        return !delivery.routed || ((delivery.weight ?? -1) >= stage.weight && delivery.exposed === delivery.weight);
      case 'switch':
        return !delivery.routed || (delivery.weight === 100 && delivery.exposed === 100);
      case 'analyze':
        return delivery.granted || !scenario.delivery?.analysis || this.isDropped;
      case 'bake':
      case 'keep':
        return delivery.granted || stage.forMs === 0;
      case 'approve':
      case 'hook':
      // No scenario has one.
      case 'experiment':
        return delivery.granted;
      case 'flag':
        return delivery.dropped.has(stage.feature) || delivery.flags.get(stage.feature) === stage.percent;
      case 'settle':
        return !delivery.routed || delivery.settled;
    }
  }

  /** What would be watched is taken back already. */
  private get isDropped(): boolean {
    const flag = this.stages?.slice(0, this.at).findLast((stage) => stage.kind === 'flag');
    return flag?.kind === 'flag' && this.facts.course.delivery.dropped.has(flag.feature);
  }
}
