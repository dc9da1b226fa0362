import { setTimeout as delay } from 'node:timers/promises';

const FIRST_MS = 200;
const LONGEST_MS = 10_000;
const STEADY_MS = 60_000;

/** Something that runs until it ends or is stopped. */
export interface Supervised {
  /** Resolves when it has ended, with why. */
  ended: Promise<string>;
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface Supervisor {
  stop(): Promise<void>;
  kill(): void;
}

/** Starts a thing again whenever it ends, later each time it ends soon. */
export function supervise(
  name: string,
  first: Supervised,
  again: () => Promise<Supervised>,
  onTrouble: (text: string) => void,
): Supervisor {
  const stopping = new AbortController();
  let current: Supervised | undefined = first;
  const watch = async () => {
    let pause = FIRST_MS;
    let started = Date.now();
    while (!stopping.signal.aborted) {
      const why = current === undefined ? undefined : await current.ended;
      current = undefined;
      if (stopping.signal.aborted) return;
      if (Date.now() - started > STEADY_MS) pause = FIRST_MS;
      if (why !== undefined) onTrouble(`${name} ended (${why}); it is started again`);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => {});
      pause = Math.min(pause * 2, LONGEST_MS);
      if (stopping.signal.aborted) return;
      started = Date.now();
      try {
        current = await again();
      } catch (error) {
        onTrouble(`${name} can't be started: ${(error as Error).message}`);
      }
    }
  };
  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      await current?.stop();
      await watching;
      // It may have come up while it was being stopped.
      await current?.stop();
    },
    kill() {
      stopping.abort();
      current?.kill();
      // It may be coming up just now.
      void watching.then(() => current?.kill());
    },
  };
}
