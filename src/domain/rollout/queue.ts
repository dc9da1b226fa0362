import { fromRanges, toRanges } from './ranges';

/** What isn't known from the members themselves. Absent: nobody came late, or before it was kept. */
export interface PackedQueue {
  /** How many places had their turn. */
  passed?: number;
  /** Who queued up at the end, in order, as ranges. */
  late?: string;
}

/**
 * The order in which members have their turn. Its reverse is the order of the way back, so whoever is to start after
 * others have passed its place queues up at the end, like a newcomer.
 */
export class Queue {
  private order: number[];
  private passed: number;
  /** The place of the first that came late. */
  private firstLate: number;

  /** @param early those that were there from the start @param joiners those that came later, where nothing else is packed */
  constructor(early: number[], joiners: number[], { passed = 0, late }: PackedQueue = {}) {
    const tail = late === undefined ? joiners : fromRanges(late);
    const moved = new Set(tail);
    const front = early.filter((ordinal) => !moved.has(ordinal));
    this.order = [...front, ...tail];
    this.firstLate = front.length;
    this.passed = passed;
  }

  pack(): PackedQueue {
    const late = this.order.slice(this.firstLate);
    return { passed: this.passed, ...(late.length > 0 && { late: toRanges(late) }) };
  }

  /** The ordinal at a place. */
  at(place: number): number | undefined {
    return this.order[place];
  }

  /** Whoever is at this place has its turn. */
  pass(place: number): void {
    this.passed = Math.max(this.passed, place + 1);
  }

  add(ordinal: number): void {
    this.order.push(ordinal);
  }

  /** These are to have their turn (again): where it is over, they are now the last ones. */
  requeue(ordinals: readonly number[]): void {
    const wanted = new Set(ordinals);
    const over = this.order.slice(0, this.passed).filter((ordinal) => wanted.has(ordinal));
    if (over.length === 0) return;
    const moved = new Set(over);
    const early = this.order.slice(0, this.firstLate).filter((ordinal) => moved.has(ordinal));
    this.order = [...this.order.filter((ordinal) => !moved.has(ordinal)), ...over];
    this.passed -= over.length;
    this.firstLate -= early.length;
  }
}
