import type { HealthCheck, Probe, VersionFields } from '../../domain';
import { HEALTH } from '../../domain';
import { durationText } from '../../domain/duration';
import { timerMs } from '../../domain/timer';
import { toldVersions } from './health-fields';
import type { Run } from './run';
import { redact } from './secrets';
import { lastLine } from './words';

type CommandCheck = Extract<HealthCheck, { kind: 'command' }>;

/**
 * Exit 0 is healthy, 1 degraded, everything else failed. A check that gives no answer in time, or can't
 * be started, tells nothing about the instance: unreachable.
 * @param execute runs it, wherever that is; `secrets` are not to be seen in its answer
 */
export async function commandHealth(
  check: CommandCheck,
  secrets: readonly string[],
  execute: (signal: AbortSignal) => Promise<Run>,
  signal: AbortSignal,
): Promise<Probe> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => stop.abort(), timerMs(check.timeoutMs));
  try {
    signal.throwIfAborted();
    const { ending, output, stdout } = await execute(stop.signal);
    const last = lastLine(output);
    const said = last === undefined ? ' and printed nothing' : `: ${last}`;
    switch (ending.kind) {
      case 'lost':
        return unreachable(`the health check was cut off: ${ending.why}`);
      case 'not_started':
        return unreachable(`the health check could not be started: ${ending.why}`);
      case 'killed':
        return {
          kind: 'answered',
          health: HEALTH.FAILED,
          reason: `the health check was killed by ${ending.signal}${said}`,
        };
      case 'exited':
        return judged(ending.status, said, stdout, check, secrets);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!stop.signal.aborted) throw error;
    return unreachable(`the health check gave no answer within ${durationText(check.timeoutMs)}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function judged(
  status: number,
  said: string,
  stdout: string,
  fields: VersionFields,
  secrets: readonly string[],
): Probe {
  const { fault, ...versions } = toldVersions(stdout, fields, (text) => redact(text, secrets));
  if (status === 0 && fault === undefined) return { kind: 'answered', health: HEALTH.HEALTHY, ...versions };
  if (status === 0) return { kind: 'answered', health: HEALTH.FAILED, ...versions, reason: fault ?? '' };
  const health = status === 1 ? HEALTH.DEGRADED : HEALTH.FAILED;
  return { kind: 'answered', health, ...versions, reason: `the health check exited with status ${status}${said}` };
}

function unreachable(reason: string): Probe {
  return { kind: 'unreachable', reason };
}
