import { stat } from 'node:fs/promises';
import type { CommandDriverSpec, Probe } from '../../domain';
import type { ChangeAnswer, EachDriver, TargetChange, TargetInstance } from './driver';
import { baseEnvironment, changeEnvironment } from './environment';
import type { HealthProbe } from './health';
import { healthProbe } from './health';
import { findProgram } from './program';
import { refuseFor } from './refusal';
import type { Program } from './run';
import { run } from './run';
import type { ResolvedEnv } from './secrets';
import { resolveEnv, unsetWords } from './secrets';
import { faultWords } from './words';

/** Reaches instances by a command of the user's own, run where the worker runs, once per instance. */
export class CommandDriver implements EachDriver {
  readonly execution = 'each';
  private readonly env: ResolvedEnv;
  /** What every command of this driver starts with; what Belay tells comes on top and wins. */
  private readonly base: Record<string, string>;
  private readonly health: HealthProbe;

  constructor(
    private readonly spec: CommandDriverSpec,
    environment: NodeJS.ProcessEnv,
    private readonly options: Pick<Program, 'graceMs' | 'onStart'> = {},
  ) {
    this.env = resolveEnv(spec.env, environment);
    this.base = baseEnvironment(environment, this.env.values);
    this.health = healthProbe(spec.health, {
      directory: spec.directory,
      env: this.base,
      secrets: this.env.secrets,
    });
  }

  async check(): Promise<void> {
    const problems: string[] = [];
    if (await isFolder(this.spec.directory)) {
      problems.push(...(await this.missing('driver.update', this.spec.update)));
      if (this.spec.health.kind === 'command') {
        problems.push(...(await this.missing('driver.health.run', this.spec.health.run)));
      }
    } else {
      problems.push(`the folder ${this.spec.directory}, where commands are to run, is not there. Put it there.`);
    }
    if (this.env.unset.length > 0) problems.push(unsetWords(this.env));
    refuseFor(problems);
  }

  probe(instance: TargetInstance, signal: AbortSignal): Promise<Probe> {
    return this.health(instance, signal);
  }

  async change(change: TargetChange, signal: AbortSignal, stopped?: (output: string) => void): Promise<ChangeAnswer> {
    signal.throwIfAborted();
    if (this.env.unset.length > 0) return { kind: 'failed', reason: unsetWords(this.env), output: '' };
    const [word = '', ...args] = this.spec.update;
    const found = await findProgram(word, this.spec.directory, this.base['PATH']);
    if (found.kind === 'missing') {
      return { kind: 'failed', reason: `update could not be started: ${found.why}`, output: '' };
    }
    const { ending, output } = await run(
      {
        file: found.file,
        args,
        directory: this.spec.directory,
        env: { ...this.base, ...changeEnvironment(change) },
        secrets: this.env.secrets,
        ...this.options,
      },
      signal,
      stopped,
    );
    const fault = faultWords('update', ending, output);
    return fault === undefined ? { kind: 'done', output } : { kind: 'failed', reason: fault, output };
  }

  private async missing(key: string, argv: string[]): Promise<string[]> {
    const [word = ''] = argv;
    const found = await findProgram(word, this.spec.directory, this.base['PATH']);
    if (found.kind === 'found') return [];
    return [`${key}: ${word || 'no command'}: ${found.why}. Put it there, or correct ${key}.`];
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
