import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';
import pino from 'pino';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

type Level = (typeof LEVELS)[keyof typeof LEVELS];

/** The log of a worker: JSON lines on stderr, warnings and worse unless BELAY_LOG_LEVEL says otherwise. */
export function createLogger(env: NodeJS.ProcessEnv = process.env): Logger {
  const log = pinoTo('warn', env);
  return new DefaultLogger('TRACE', ({ level: at, message, meta }: LogEntry) => {
    // An error's own fields may hold anything; its kind and words are enough.
    const error = meta?.error instanceof Error ? { error: `${meta.error.name}: ${meta.error.message}` } : {};
    log[LEVELS[at]]({ ...meta, ...error }, message);
  });
}

/** The log of the API: as a worker's, with a line for every change that was asked for. */
export function createServerLog(env: NodeJS.ProcessEnv = process.env): pino.Logger {
  return pinoTo('info', env);
}

function pinoTo(usual: Level, env: NodeJS.ProcessEnv): pino.Logger {
  const level = Object.values(LEVELS).find((known) => known === env.BELAY_LOG_LEVEL?.toLowerCase()) ?? usual;
  const formatters = { log: (fields: object) => withoutSecrets(fields) as Record<string, unknown> };
  return pino({ level, base: { pid: process.pid }, formatters }, pino.destination({ fd: 2, sync: true }));
}

const SECRET = /token|secret|password|authorization|cookie|api_?key/i;
const DEEPEST = 6;

/** Whatever is called like a secret is none of the log's business, however deep it lies. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth > DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      SECRET.test(key) ? '[redacted]' : withoutSecrets(each, depth + 1),
    ]),
  );
}
