import type { Facts } from './facts';
import { must } from './violation';

/** Judges the restores: which, in what order, how many. */
export class WayBack {
  private lastRestore = -Infinity;
  private readonly goneBack: { failed: number | null; other: number | null } = { failed: null, other: null };

  constructor(private readonly facts: Facts) {}

  restore(ordinal: number): void {
    const { ledger } = this.facts.course;
    const phase = ledger.phases[ordinal];
    must(this.facts.course.goesBack(ordinal), `member ${ordinal} is ${phase}: nothing to restore`);
    const failedLeft = ledger.number('failed') - (phase === 'failed' ? 1 : 0);
    if (phase !== 'failed') {
      // Failed ones that have left are nobody's to restore.
      const waiting =
        failedLeft === 0 ? [] : ledger.ordinals((p, o) => p === 'failed' && this.facts.course.goesBack(o));
      must(waiting.length === 0, `member ${ordinal} goes back before failed ${waiting[0]}`);
    }
    if (this.facts.scenario.mode === 'rollback') {
      const place = (ledger.unhealthy[ordinal] ? 0 : 1_000_000) - ordinal;
      must(place > this.lastRestore, `member ${ordinal} goes back out of order`);
      this.lastRestore = place;
    }
    const start = ledger.start[ordinal];
    if (this.facts.scenario.mode === 'forward') {
      must(start !== null && start !== undefined, `member ${ordinal} goes back and was never started`);
      const lane = phase === 'failed' ? 'failed' : 'other';
      const previous = this.goneBack[lane];
      must(previous === null || start < previous, `member ${ordinal} goes back in the order of start, not in reverse`);
      this.goneBack[lane] = start;
    }
    ledger.move(ordinal, 'restoring');
  }

  /** On the way back, too, the next one starts as soon as one ends. */
  slots(): void {
    const { course } = this.facts;
    if (course.drive.kind !== 'back' || course.cause !== null || course.held || this.facts.generation === null) return;
    const restoring = course.ledger.number('restoring');
    if (restoring >= course.width.least) return;
    must(!course.anyGoesBack, `${restoring} go back at a time, ${course.width.least} could`);
  }
}
