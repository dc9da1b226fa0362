import { stat } from 'node:fs/promises';
import { durationText } from '../../domain/duration';
import type { HookSpec } from '../../domain/hooks';
import { baseEnvironment } from '../target/environment';
import { findProgram } from '../target/program';
import { run } from '../target/run';
import { resolveEnv, unsetWords, type ResolvedEnv } from '../target/secrets';
import { faultWords, lastLine } from '../target/words';
import type { Hook, HookOccasion } from './hook';
import { hookWords, variablesOf } from './told';
import { TOO_LATE, within } from './within';

/** A program of the user's own, run where the worker runs. */
export class CommandHook implements Hook {
  private readonly env: ResolvedEnv;
  /** What Belay tells comes on top and wins. */
  private readonly base: Record<string, string>;

  constructor(
    private readonly spec: Extract<HookSpec, { kind: 'command' }>,
    environment: NodeJS.ProcessEnv,
  ) {
    this.env = resolveEnv(spec.env, environment);
    this.base = baseEnvironment(environment, this.env.values);
  }

  async problems(name: string): Promise<string[]> {
    const unset = this.env.unset.length === 0 ? [] : [unsetWords(this.env, `hooks.${name}.env`)];
    const { directory } = this.spec;
    if (!(await isFolder(directory))) {
      return [`the folder ${directory}, where hooks.${name} is to run, is not there. Put it there.`, ...unset];
    }
    const found = await this.find();
    if (found.kind === 'found') return unset;
    return [`hooks.${name}.run: ${found.why}. Put it there, or correct hooks.${name}.run.`, ...unset];
  }

  async run(
    occasion: HookOccasion,
    signal: AbortSignal,
    printed: (output: string) => void = () => {},
  ): Promise<string | undefined> {
    signal.throwIfAborted();
    const what = hookWords(occasion);
    if (this.env.unset.length > 0) return `${what} was not run: ${unsetWords(this.env, `hooks.${occasion.hook}.env`)}`;
    const found = await this.find();
    if (found.kind === 'missing') return `${what} could not be started: ${found.why}`;
    const program = {
      file: found.file,
      args: this.spec.run.slice(1),
      directory: this.spec.directory,
      env: { ...this.base, ...variablesOf(occasion) },
      secrets: this.env.secrets,
    };
    let last = '';
    const ran = await within(this.spec.timeoutMs, signal, (either) =>
      run(program, either, (output) => {
        last = output;
        printed(output);
      }),
    );
    if (ran === TOO_LATE) {
      const said = lastLine(last);
      return `${what} did not end within ${durationText(this.spec.timeoutMs)}${said === undefined ? '' : `: ${said}`}`;
    }
    printed(ran.output);
    return faultWords(what, ran.ending, ran.output);
  }

  private find() {
    return findProgram(this.spec.run[0] ?? '', this.spec.directory, this.base['PATH']);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
