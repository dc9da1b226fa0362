import { connect, type Connection, type Destination } from './connection';

interface Kept {
  opening: Promise<Connection>;
  /** Ends the attempt to open it. */
  giveUp: AbortController;
  users: number;
  idle?: NodeJS.Timeout;
}

/** Longer than the usual interval between two looks at an instance's health. */
const IDLE_MS = 60_000;

/**
 * The open connections of a process: one for each instance, shared by all who need it at a time, kept for a while for
 * the next attempt or look. Whoever made this closes it; a connection that nobody uses closes by itself.
 */
export class SshConnections {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly idleMs = IDLE_MS) {}

  /** Lends a connection to `work`. Aborted before it is open, it throws the signal's reason. */
  async use<T>(to: Destination, signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const key = JSON.stringify(to);
    const kept = this.kept.get(key) ?? this.open(key, to);
    kept.users++;
    clearTimeout(kept.idle);
    try {
      return await work(await unlessAborted(kept.opening, signal));
    } finally {
      kept.users--;
      if (kept.users === 0) this.rest(kept);
    }
  }

  /** Drops all of them, also those in use. */
  close(): void {
    for (const kept of this.kept.values()) {
      clearTimeout(kept.idle);
      kept.giveUp.abort(new Error('connections are closed'));
      void kept.opening.then((connection) => connection.drop()).catch(() => undefined);
    }
    this.kept.clear();
  }

  private open(key: string, to: Destination): Kept {
    const giveUp = new AbortController();
    const kept: Kept = { opening: connect(to, giveUp.signal), giveUp, users: 0 };
    const forget = () => {
      clearTimeout(kept.idle);
      if (this.kept.get(key) === kept) this.kept.delete(key);
    };
    kept.opening.then((connection) => connection.closed).then(forget, forget);
    this.kept.set(key, kept);
    return kept;
  }

  /** A timer that holds no process: whoever ends closes. */
  private rest(kept: Kept): void {
    kept.idle = setTimeout(() => {
      kept.giveUp.abort(new Error('nobody needs it'));
      void kept.opening.then((connection) => connection.end()).catch(() => undefined);
    }, this.idleMs).unref();
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
