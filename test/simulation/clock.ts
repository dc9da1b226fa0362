import type { Happening } from './happening';
import { Agenda } from './heap';

/** The virtual time of a world, and what is going to happen in it. */
export class Clock {
  now = 1_000_000;
  private readonly agenda: Agenda<Happening>;

  /** @param lastFirst of two things at the same moment, the one that was planned last comes first */
  constructor(lastFirst: boolean) {
    this.agenda = new Agenda(lastFirst);
  }

  /** When the next thing happens. */
  get nextAt(): number | undefined {
    return this.agenda.nextAt;
  }

  plan(at: number, what: Happening): void {
    this.agenda.add(at, what);
  }

  planIn(ms: number, what: Happening): void {
    this.plan(this.now + ms, what);
  }

  /** Goes on to the next thing; undefined: nothing is planned. */
  next(): Happening | undefined {
    const next = this.agenda.take();
    if (next) this.now = Math.max(this.now, next.at);
    return next?.what;
  }
}
