import { setTimeout as delay } from 'node:timers/promises';
import type { FlagMarks, FlagRow, FlagStore } from '../store/flag-types';
import type { Flags } from './flags';

/** How soon a change that somebody else made is seen: a small question each time, however many ask for flags. */
const LOOK_MS = 250;

/**
 * All flags in memory, so that an evaluation asks no database. While the database is away, what was seen last holds:
 * nobody can change anything either.
 */
export class FlagCache {
  private flags = new Map<string, Map<string, FlagRow>>();
  private marks: FlagMarks | undefined;
  private turn: Promise<void> = Promise.resolve();
  private readonly ended = new AbortController();

  constructor(private readonly store: Pick<FlagStore, 'flags' | 'flagMarks'>) {}

  /** What differs after any token was revoked. */
  get revoked(): string | undefined {
    return this.marks?.revoked;
  }

  /** An environment's flags by key; read now if none were read so far. */
  async of(environment: string): Promise<ReadonlyMap<string, FlagRow>> {
    if (this.marks === undefined) await this.renew();
    return this.flags.get(environment) ?? new Map<string, FlagRow>();
  }

  /** Sees all that was changed before it was called. */
  renew(): Promise<void> {
    this.turn = this.turn.catch(() => undefined).then(() => this.look());
    return this.turn;
  }

  /** Looks again and again until it is stopped. */
  start(): void {
    void this.run();
  }

  stop(): void {
    this.ended.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      await this.renew().catch(() => undefined);
      await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const marks = await this.store.flagMarks();
    // What is changed after the marks were read is seen twice, and never missed.
    if (marks.version !== this.marks?.version) this.flags = byEnvironment(await this.store.flags({}));
    this.marks = marks;
  }
}

function byEnvironment(rows: FlagRow[]): Map<string, Map<string, FlagRow>> {
  const found = new Map<string, Map<string, FlagRow>>();
  for (const row of rows) {
    const flags = found.get(row.environment) ?? new Map<string, FlagRow>();
    found.set(row.environment, flags.set(row.key, row));
  }
  return found;
}

/** Whoever changed a flag here is told once this process answers with it. */
export function heededBy(cache: FlagCache, flags: Flags): Flags {
  const heeded = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    // It is changed, whether that can be seen now or a moment later.
    await cache.renew().catch(() => undefined);
    return result;
  };
  return {
    ...flags,
    create: (...order) => heeded(flags.create(...order)),
    change: (...order) => heeded(flags.change(...order)),
    remove: (...order) => heeded(flags.remove(...order)),
  };
}
