import type { Counts } from '../status';
import type { Joiner } from './event';
import { fromBase64, toBase64 } from './base64';
import { PHASES, type Phase } from './phase';
import { Queue, type PackedQueue } from './queue';

/** How `begin` describes a member to the engine: one byte each, bits of these. */
export const MEMBER = {
  /** Already healthy on the release: not touched. */
  UNCHANGED: 1,
  /** Couldn't be reached and is left out. */
  EXCLUDED: 2,
  /** Not healthy before the first touch: goes first. */
  UNHEALTHY: 4,
} as const;

/** They hold for the instance in this deployment, whether it leaves and returns or not. */
const KEPT: readonly Phase[] = ['failed', 'skipped', 'excluded'];

const PHASE_BITS = 0x0f;
const TOUCHED = 0x10;
const UNHEALTHY = 0x20;
const GONE = 0x40;

export interface PackedMembers extends PackedQueue {
  bytes: string;
  initial: number;
  /** Where groups end, and up to where they have their turn. Absent: all are one. */
  groups?: { ends: readonly number[]; opened: number | null };
  /** Those that are counted by themselves, from an ordinal to before another; null: to the end. Absent: all. */
  focus?: [from: number, until: number | null];
}

/**
 * The members of a rollout, one byte each: where it stands, whether it was touched, whether it
 * was unhealthy before, whether it left the fleet. Counts are kept, so that asking costs nothing.
 */
export class Members {
  private bytes: Uint8Array;
  private readonly tally = noneOfEach();
  /** Of those in focus; undefined: all are. */
  private focused: { from: number; until: number; tally: number[] } | undefined;
  /** Unhealthy ones first, joiners last. */
  private readonly queue: Queue;

  private constructor(
    bytes: Uint8Array,
    /** How many the rollout began with; joiners have the ordinals from here on. */
    readonly initial: number,
    packed?: PackedQueue,
    /** Where groups end, in ordinals; empty: all are one. */
    private readonly ends: readonly number[] = [],
    /** Those from here on wait for the turn of their group. */
    private opened = Infinity,
  ) {
    this.bytes = bytes;
    for (let ordinal = 0; ordinal < bytes.length; ordinal++) this.countOne(ordinal, 1);
    const ordinals = Array.from(bytes, (_, ordinal) => ordinal);
    const listed = ordinals.slice(0, initial);
    const groups = ends.length < 2 ? [listed] : ends.map((end, at) => listed.slice(ends[at - 1] ?? 0, end));
    const early = groups.flatMap((group) =>
      [true, false].flatMap((ill) => group.filter((ordinal) => this.has(ordinal, UNHEALTHY) === ill)),
    );
    this.queue = new Queue(early, ordinals.slice(initial), packed);
  }

  /**
   * @param flags `MEMBER` bits by ordinal
   * @param touched whether they all count as touched: in a rollback of its own
   * @param ends where groups end; only the first has its turn
   */
  static begin(flags: Uint8Array, touched: boolean, ends: readonly number[] = []): Members {
    const opened = ends.length < 2 ? Infinity : (ends[0] ?? Infinity);
    const bytes = flags.map((flag, ordinal) => {
      const unhealthy = flag & MEMBER.UNHEALTHY ? UNHEALTHY : 0;
      if (flag & MEMBER.EXCLUDED) return code('excluded') | unhealthy;
      if (flag & MEMBER.UNCHANGED) return code('unchanged') | unhealthy;
      if (ordinal >= opened) return code('waiting') | unhealthy;
      return code('pending') | unhealthy | (touched ? TOUCHED : 0);
    });
    return new Members(bytes, bytes.length, undefined, ends, opened);
  }

  static unpack({ bytes, initial, groups, focus, ...queue }: PackedMembers): Members {
    const members = new Members(fromBase64(bytes), initial, queue, groups?.ends, groups?.opened ?? Infinity);
    if (focus !== undefined) members.focus(focus[0], focus[1] ?? Infinity);
    return members;
  }

  pack(): PackedMembers {
    const { ends, opened, focused } = this;
    return {
      bytes: toBase64(this.bytes),
      initial: this.initial,
      ...(ends.length > 1 && { groups: { ends, opened: finite(opened) } }),
      ...(focused && { focus: [focused.from, finite(focused.until)] as const }),
      ...this.queue.pack(),
    };
  }

  get total(): number {
    return this.bytes.length;
  }

  phase(ordinal: number): Phase {
    return PHASES[(this.bytes[ordinal] ?? 0) & PHASE_BITS] ?? 'pending';
  }

  number(phase: Phase): number {
    return this.tally[code(phase)] ?? 0;
  }

  /** How many of those in focus are in a phase. */
  here(phase: Phase): number {
    return (this.focused?.tally ?? this.tally)[code(phase)] ?? 0;
  }

  isHere(ordinal: number): boolean {
    return !this.focused || (ordinal >= this.focused.from && ordinal < this.focused.until);
  }

  /** From now on those from one ordinal to before another are counted by themselves, too. */
  focus(from: number, until: number): void {
    const tally = noneOfEach();
    this.focused = { from, until, tally };
    for (let ordinal = from; ordinal < Math.min(until, this.total); ordinal++) tally[code(this.phase(ordinal))]!++;
  }

  touched(ordinal: number): boolean {
    return this.has(ordinal, TOUCHED);
  }

  unhealthy(ordinal: number): boolean {
    return this.has(ordinal, UNHEALTHY);
  }

  gone(ordinal: number): boolean {
    return this.has(ordinal, GONE);
  }

  /** The ordinal at a place in the order of start. */
  at(place: number): number | undefined {
    return this.queue.at(place);
  }

  /** The one at this place is changed now. */
  start(place: number, ordinal: number): void {
    this.queue.pass(place);
    this.move(ordinal, 'changing');
  }

  /** Where one waits that is to be changed: for the turn of its group, or for its own. */
  turnOf(ordinal: number): Phase {
    return ordinal >= this.opened ? 'waiting' : 'pending';
  }

  /** These wait to be changed: in their turn, or last where that is over. */
  queueUp(ordinals: readonly number[]): void {
    this.queue.requeue(ordinals);
  }

  /** Those before this ordinal have their turn now. */
  open(until: number): void {
    this.opened = until;
    for (const ordinal of this.in('waiting')) if (ordinal < until) this.move(ordinal, 'pending');
  }

  move(ordinal: number, to: Phase): void {
    const byte = this.bytes[ordinal];
    if (byte === undefined) return;
    this.countOne(ordinal, -1);
    const touch = to === 'changing' || to === 'restoring' ? TOUCHED : 0;
    this.bytes[ordinal] = (byte & ~PHASE_BITS) | code(to) | touch;
    this.countOne(ordinal, 1);
  }

  /** It is no member any more. A failure stays one: it happened, whoever left. So does what was decided to be left out. */
  leave(ordinal: number): void {
    const byte = this.bytes[ordinal];
    if (byte === undefined) return;
    this.bytes[ordinal] = byte | GONE;
    if (!KEPT.includes(this.phase(ordinal))) this.move(ordinal, 'left');
  }

  /** Adds a newcomer; one that is known already is not added twice. */
  join(joiner: Joiner): boolean {
    if (joiner.ordinal !== this.total) return false;
    // Whoever joins is of the last group.
    const turn = joiner.state === 'pending' && joiner.ordinal >= this.opened ? 'waiting' : joiner.state;
    const phase = turn === 'unreachable' ? 'excluded' : turn;
    const grown = new Uint8Array(this.total + 1);
    grown.set(this.bytes);
    grown[joiner.ordinal] = code(phase);
    this.bytes = grown;
    this.queue.add(joiner.ordinal);
    this.countOne(joiner.ordinal, 1);
    return true;
  }

  /** One that left is a member again; one that never left stays as it is. Answers its phase, if it has a new one. */
  rejoin({ ordinal, state }: Joiner): Phase | undefined {
    const byte = this.bytes[ordinal];
    if (byte === undefined || !this.gone(ordinal)) return undefined;
    this.bytes[ordinal] = byte & ~GONE;
    if (this.phase(ordinal) !== 'left') return undefined;
    this.move(ordinal, this.phaseOnReturn(ordinal, state));
    return this.phase(ordinal);
  }

  /** How many wait to be changed once more. */
  get retried(): number {
    return this.in('pending').filter((ordinal) => this.touched(ordinal)).length;
  }

  /** Ordinals in a phase, lowest first. */
  in(phase: Phase): number[] {
    const found: number[] = [];
    for (let ordinal = 0; ordinal < this.total && found.length < this.number(phase); ordinal++) {
      if (this.phase(ordinal) === phase) found.push(ordinal);
    }
    return found;
  }

  counts(): Counts {
    return {
      total: this.total,
      pending: this.number('pending') + this.number('waiting'),
      in_flight: this.number('changing') + this.number('restoring'),
      succeeded: this.number('good'),
      failed: this.number('failed'),
      unchanged: this.number('unchanged'),
      skipped: this.number('skipped') + this.number('excluded') + this.number('left'),
      rolled_back: this.number('restored'),
      unresolved: this.number('unresolved'),
    };
  }

  private phaseOnReturn(ordinal: number, state: Joiner['state']): Phase {
    switch (state) {
      case 'pending':
        return this.turnOf(ordinal);
      case 'unchanged':
        return this.touched(ordinal) ? 'good' : 'unchanged';
      case 'unreachable':
        return 'excluded';
    }
  }

  private has(ordinal: number, bit: number): boolean {
    return ((this.bytes[ordinal] ?? 0) & bit) !== 0;
  }

  private countOne(ordinal: number, by: number): void {
    const phase = code(this.phase(ordinal));
    this.tally[phase]! += by;
    if (this.focused && this.isHere(ordinal)) this.focused.tally[phase]! += by;
  }
}

function noneOfEach(): number[] {
  return new Array<number>(PHASES.length).fill(0);
}

function finite(ordinal: number): number | null {
  return Number.isFinite(ordinal) ? ordinal : null;
}

function code(phase: Phase): number {
  return PHASES.indexOf(phase);
}
