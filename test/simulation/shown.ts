import type { Counts } from '../../src/domain';
import type { Progress } from '../../src/domain/rollout';
import type { Facts } from './facts';
import type { View } from './view';
import { must } from './violation';
import { GENERATION } from './world';

/** Judges what people are shown: status, step, counts, and where each member stands. */
export class Shown {
  constructor(private readonly facts: Facts) {}

  /** Where it stands: the batch that runs, or the next one where something is awaited before it. */
  step({ step, awaiting }: Progress): void {
    const { course } = this.facts;
    const { ledger, drive } = course;
    must(step.index >= 1 && step.index <= step.of, `step ${step.index} of ${step.of}`);
    if (drive.kind === 'ended' || ledger.total > 60 || this.facts.scenario.delivery?.strategy) return;
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
    const kinds = { approval: 'approve', bake: 'bake', resume: 'update', analysis: 'analyze', window: 'bake' } as const;
    // Where there are no instances, only flags go back.
    const onlyFlags = drive.kind === 'back' && ledger.total === 0;
    const kind = onlyFlags ? 'flag' : awaiting ? kinds[awaiting.kind] : 'update';
    must(step.kind === kind, `it is a step of ${kind}, not of ${step.kind}`);
  }

  status({ status, endedAt, rollbackGeneration, rollbackCount }: Progress): void {
    const { drive } = this.facts.course;
    const generation = this.facts.scenario.mode === 'rollback' ? GENERATION : (this.facts.generation ?? undefined);
    must(rollbackGeneration === generation, `the rollback's generation is ${generation}, not ${rollbackGeneration}`);
    must((endedAt !== undefined) === this.facts.ended, 'it has an end when it has ended');
    switch (drive.kind) {
      case 'ended':
        must(this.facts.ended && status === drive.status, `it has to end ${drive.status} now, and is ${status}`);
        return;
      case 'paused':
        must(status === 'paused', `it is ${status} when it should be paused`);
        return;
      case 'back': {
        const due = drive.which === 'failed' ? 'running' : 'rolling_back';
        must(status === due, `it is ${status} on the way back, not ${due}`);
        must(
          this.facts.ended || !this.finished || (this.facts.course.held && !!this.facts.scenario.delivery),
          'a rollback with nothing left to do ends',
        );
        must(rollbackCount === (drive.which === 'failed' ? 0 : 1), `it counts ${rollbackCount} rollbacks`);
        return;
      }
      case 'forward':
        must(status === 'running' || status === 'awaiting_approval', `it is ${status} on its way forward`);
        must(rollbackCount === 0, 'it counts a rollback on its way forward');
    }
  }

  private get finished(): boolean {
    const { course, world } = this.facts;
    return course.cause === null && world.quiet && !this.facts.drawing && !course.anyGoesBack;
  }

  counts(counts: Counts): void {
    const { ledger } = this.facts.course;
    const own: Counts = {
      total: ledger.total,
      pending: ledger.number('pending'),
      in_flight: this.facts.course.inFlight,
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
    must(
      this.facts.course.inFlight === this.facts.world.operating,
      `${this.facts.world.operating} are really in flight`,
    );
  }

  members(view: View): void {
    const { ledger } = this.facts.course;
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
}

export function sameCounts(a: Counts, b: Counts): boolean {
  return (Object.keys(a) as (keyof Counts)[]).every((key) => a[key] === b[key]);
}
