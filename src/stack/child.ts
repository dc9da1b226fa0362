/** What a part of a stack is told by its host, and what it answers. */
export type ToChild<Config> = { kind: 'start'; config: Config };
export type FromChild = { kind: 'ready' } | { kind: 'failed'; message: string };

/** What the host wants of its child: `signal` is aborted when the host is gone or says so. */
export interface Told {
  signal: AbortSignal;
  onReady: () => void;
}

/** This process is a part of a stack: told by its host what to do, and ended with it. */
export function serveHost<Config>(run: (config: Config, told: Told) => Promise<void>): void {
  const gone = new AbortController();
  process.once('disconnect', () => gone.abort());
  const answer = (message: FromChild) => {
    if (process.connected) process.send?.(message);
  };
  process.once('message', (message) => {
    const { config } = message as ToChild<Config>;
    run(config, { signal: gone.signal, onReady: () => answer({ kind: 'ready' }) }).then(
      () => process.exit(0),
      (error: unknown) => {
        answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        // The message above is on its way.
        setTimeout(() => process.exit(1), 100);
      },
    );
  });
}
