import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';
import pino from 'pino';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** The log of a worker: JSON lines on stderr, warnings and worse unless BELAY_LOG_LEVEL says otherwise. */
export function createLogger(env: NodeJS.ProcessEnv = process.env): Logger {
  const level = Object.values(LEVELS).find((known) => known === env.BELAY_LOG_LEVEL?.toLowerCase()) ?? 'warn';
  const log = pino({ level, base: { pid: process.pid } }, pino.destination({ fd: 2, sync: true }));
  return new DefaultLogger('TRACE', ({ level: at, message, meta }: LogEntry) => {
    // An error's own fields may hold anything; its kind and words are enough.
    const error = meta?.error instanceof Error ? { error: `${meta.error.name}: ${meta.error.message}` } : {};
    log[LEVELS[at]]({ ...meta, ...error }, message);
  });
}
