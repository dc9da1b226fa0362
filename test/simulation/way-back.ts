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
    this.requestsFirst();
    ledger.move(ordinal, 'restoring');
  }

  /** Requests are taken away before any instance goes back, where somebody is left who can take them. */
  private requestsFirst(): void {
    const { course, scenario } = this.facts;
    const { delivery, ledger, drive } = course;
    if (drive.kind !== 'back' || drive.which === 'failed') return;
    must(!delivery.isSwitched, 'what is switched back touches no instance');
    if (!delivery.exposes || delivery.faults.includes('shift')) return;
    const { strategy } = scenario.delivery ?? {};
    if (strategy?.kind === 'canary' && strategy.rollback === 'progressive') {
      const back = ledger.number('good') + ledger.number('failed') - 1;
      const rung = Math.max(
        0,
        ...strategy.steps.flatMap((step) =>
          step.kind === 'traffic' && step.weight < delivery.exposed ? [step.weight] : [],
        ),
      );
      const needed = rung === 0 ? 0 : ledger.size({ kind: 'percent', percent: rung });
      must(
        back >= needed || ledger.number('restoring') === 0,
        `${back} are left for ${delivery.exposed}% of the requests`,
      );
      return;
    }
    if (delivery.exposed === 100 && this.steady === 0) return;
    must(this.steady === 0, `an instance goes back while ${delivery.exposed}% of the requests go to the release`);
  }

  /** Those that were never touched serve what ran before. */
  private get steady(): number {
    const { ledger } = this.facts.course;
    return ledger.ordinals(
      (phase, one) =>
        (phase === 'pending' || phase === 'skipped') &&
        !ledger.touched[one] &&
        !ledger.unhealthy[one] &&
        !ledger.gone[one],
    ).length;
  }

  /** On the way back, too, the next one starts as soon as one ends. */
  slots(): void {
    const { course } = this.facts;
    if (course.drive.kind !== 'back' || course.cause !== null || course.held || this.facts.generation === null) return;
    const restoring = course.ledger.number('restoring');
    if (restoring >= course.width.least || course.delivery.act) return;
    const { strategy } = this.facts.scenario.delivery ?? {};
    if (course.delivery.exposes && strategy?.kind === 'canary' && strategy.rollback === 'progressive') return;
    // Behind routers somebody serves all the time: the last one goes when another is back.
    const served = this.steady + course.ledger.number('restored') > 0;
    if (course.delivery.routed && strategy?.kind === 'canary' && !served) return;
    must(!course.anyGoesBack, `${restoring} go back at a time, ${course.width.least} could`);
  }
}
