import { stripVTControlCharacters } from 'node:util';
import { request } from 'undici';
import { HEALTH, sameVersions, type Probe, type Versions } from '../domain';
import type { Desired } from '../domain/agent';
import { durationText } from '../domain/duration';
import { said } from '../domain/said';
import { timerMs } from '../domain/timer';
import { CommandDriver } from '../drivers/target/command';
import type { TargetInstance } from '../drivers/target/driver';
import type { AgentConfig } from '../schemas/agent';
import { CommandNote } from './command-note';
import { pause } from './pause';
import { checkRequirements } from './requirements';

/** Whoever stops an agent is answered within 5 s. */
const GRACE_MS = 3_000;
const METRICS_MS = 2_000;
const MOST_LINES = 50;

/** The one instance that an agent looks after: asked how it is, and changed by the agent's own command. */
export class LocalInstance {
  private readonly driver: CommandDriver;
  private readonly note: CommandNote;

  constructor(
    private readonly config: AgentConfig,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly say: (text: string) => void,
  ) {
    const { update, directory, env, health } = config;
    this.note = new CommandNote(config.stateDir);
    const spec = { kind: 'command' as const, update, directory, env, health };
    this.driver = new CommandDriver(spec, environment, { graceMs: GRACE_MS, onStart: this.note.write });
  }

  /** Throws an InputError when this machine lacks what agent.yaml names. */
  check(): Promise<void> {
    return checkRequirements(this.config, this.environment);
  }

  /** Ends the command that an agent left running when it was killed: it must not go on beside the next one. */
  endLeftover(signal: AbortSignal): Promise<void> {
    return this.note.end(this.say, signal);
  }

  look(signal: AbortSignal): Promise<Probe> {
    return this.driver.probe(this.target(undefined), signal);
  }

  /** What it measures of itself; undefined when it can't be asked, which is no reason to send no heartbeat. */
  async metrics(signal: AbortSignal): Promise<Record<string, unknown> | undefined> {
    if (this.config.metricsUrl === undefined) return undefined;
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(METRICS_MS)]);
      const { statusCode, body } = await request(this.config.metricsUrl, { signal: within });
      const told: unknown = await body.json();
      return statusCode === 200 ? measured(told) : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Brings it to a release (unpacked in `releaseDir`, if it came in an artifact): runs the command, then looks until the instance is healthy on it.
   * Answers why that failed; undefined: it is there. Aborted, it ends the command and throws the signal's reason.
   */
  async update(
    desired: Desired,
    { before, releaseDir }: { before?: Versions | undefined; releaseDir?: string | undefined },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { updateMs } = this.config.timeouts;
    const time = AbortSignal.timeout(timerMs(updateMs));
    try {
      // One that outlived its end, too: it may be another user's.
      await this.note.end(this.say, AbortSignal.any([signal, time]));
      const answer = await this.driver.change(
        {
          instance: this.target(before),
          towards: 'release',
          target: desired.versions,
          targetHealth: HEALTH.HEALTHY,
          generation: desired.generation,
          attempt: desired.attempt,
          ...(releaseDir === undefined ? {} : { releaseDir }),
        },
        AbortSignal.any([signal, time]),
      );
      for (const line of linesOf(answer.output)) this.say(`| ${line}`);
      if (answer.kind === 'failed') return answer.reason;
    } catch (error) {
      signal.throwIfAborted();
      if (time.aborted) return `the update took longer than ${durationText(updateMs)} and was stopped`;
      throw error;
    } finally {
      this.note.clear();
    }
    return this.becomes(desired.versions, signal);
  }

  private async becomes(wanted: Versions, signal: AbortSignal): Promise<string | undefined> {
    const { healthIntervalMs, timeouts } = this.config;
    const end = Date.now() + timeouts.healthMs;
    for (;;) {
      const fault = faultOf(await this.look(signal), wanted);
      if (fault === undefined) return undefined;
      const left = end - Date.now();
      if (left <= 0) return `${fault}, ${durationText(timeouts.healthMs)} after the update`;
      await pause(Math.min(left, healthIntervalMs), signal);
    }
  }

  private target(before: Versions | undefined): TargetInstance {
    const { name, healthAddress, labels } = this.config;
    return {
      name,
      labels,
      ...(healthAddress === undefined ? {} : { address: healthAddress }),
      ordinal: 0,
      deployment: 0,
      before: { health: HEALTH.UNKNOWN, ...(before === undefined ? {} : { versions: before }) },
    };
  }
}

/** What keeps it from being healthy on the release; a version that health doesn't tell is what the command has set. */
function faultOf(probe: Probe, wanted: Versions): string | undefined {
  if (probe.kind === 'unreachable') return probe.reason;
  if (probe.health !== HEALTH.HEALTHY) return probe.reason ?? 'it is not healthy';
  const { codeVersion = wanted.codeVersion, configurationVersion = wanted.configurationVersion } = probe;
  if (sameVersions({ ...wanted, codeVersion, configurationVersion }, wanted)) return undefined;
  return `it answers ${codeVersion} / ${configurationVersion}`;
}

/** What a command printed, a line each; of a long output the last lines. */
function linesOf(output: string): string[] {
  const lines = stripVTControlCharacters(output)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  return lines.slice(-MOST_LINES).map((line) => said(line));
}

/** The most that each may be: what the API takes. */
const MEASURES: Record<string, number> = {
  response_time_ms: 1e12,
  error_rate: 1,
  success_rate: 1,
  cpu: 1,
  memory: 1,
  active_connections: 1e12,
};

/** What of it can be meant: a share above 1 is in some other unit, and no figure at all is better than a wrong one. */
function measured(told: unknown): Record<string, number> | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const kept = Object.entries(told).filter((entry): entry is [string, number] => {
    const [key, value] = entry as [string, unknown];
    const most = Object.hasOwn(MEASURES, key) ? MEASURES[key] : undefined;
    return most !== undefined && typeof value === 'number' && value >= 0 && value <= most;
  });
  return Object.fromEntries(kept);
}
