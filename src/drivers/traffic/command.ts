import { stat } from 'node:fs/promises';
import { durationText } from '../../domain/duration';
import { said } from '../../domain/said';
import { timerMs } from '../../domain/timer';
import type { CommandTrafficSpec, Routing, Split } from '../../domain/traffic';
import { baseEnvironment, instanceEnvironment } from '../target/environment';
import { findProgram } from '../target/program';
import { run } from '../target/run';
import { redact, resolveEnv, unsetWords, type ResolvedEnv } from '../target/secrets';
import { faultWords } from '../target/words';
import { TrafficFault, type RoutedInstance, type ServicePlace, type TrafficDriver, type TrafficNeed } from './driver';
import { splitFrom, splitText, within } from './split';

type Env = Record<string, string>;
type Verb = 'shift' | 'read' | 'drain' | 'admit';

/** Tells any balancer or mesh by commands of the user's own, run where the worker runs. */
export class CommandTraffic implements TrafficDriver {
  private readonly env: ResolvedEnv;
  private readonly base: Env;

  constructor(
    private readonly spec: CommandTrafficSpec,
    { environment, service }: ServicePlace,
    worker: NodeJS.ProcessEnv,
  ) {
    this.env = resolveEnv(spec.env, worker);
    this.base = {
      ...baseEnvironment(worker, this.env.values),
      BELAY_SERVICE: service,
      BELAY_ENVIRONMENT: environment,
    };
  }

  async refusal({ groups }: TrafficNeed, signal: AbortSignal): Promise<string | undefined> {
    const { directory } = this.spec;
    const lacking = (why: string) => new TrafficFault(why, true);
    if (this.env.unset.length > 0) throw lacking(unsetWords(this.env, 'traffic.env'));
    if (!(await isFolder(directory)))
      throw lacking(`the folder ${directory}, where commands are to run, is not there.`);
    for (const verb of ['shift', 'read', 'drain', 'admit'] as const) {
      const [word] = this.spec[verb] ?? [];
      const found = word === undefined ? undefined : await findProgram(word, directory, this.base['PATH']);
      if (found?.kind === 'missing') {
        throw lacking(`traffic.${verb}: ${found.why}. Put it there, or correct traffic.${verb}.`);
      }
    }
    const same = groups.find((group, i) => groups.findIndex((other) => variable(other) === variable(group)) !== i);
    if (same !== undefined) return `two groups have the variable ${variable(same)}; give them names that differ more.`;
    return this.read(signal).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof TrafficFault && !error.unreached) return error.message;
        throw error;
      },
    );
  }

  async read(signal: AbortSignal): Promise<Split> {
    const printed = await this.run('read', {}, this.spec.timeoutMs, signal);
    const split = splitFrom(printed);
    if (split !== undefined) return split;
    const text = said(redact(printed, this.env.secrets)) || 'nothing';
    throw new TrafficFault(
      `traffic.read printed ${text}; percents by group are wanted, 100 in all, like { "stable": 75, "canary": 25 }`,
    );
  }

  async shift(split: Split, { match, sticky }: Routing, signal: AbortSignal): Promise<void> {
    const weights = Object.entries(split).map(([group, percent]) => [variable(group), String(percent)]);
    const told = {
      ...(Object.fromEntries(weights) as Env),
      BELAY_SPLIT: JSON.stringify(split),
      BELAY_MATCH: JSON.stringify(match.map(({ kind, name, value }) => ({ type: kind, name, value }))),
      BELAY_STICKY: sticky === undefined ? '' : JSON.stringify({ type: sticky.kind, name: sticky.name }),
    };
    await this.run('shift', told, this.spec.timeoutMs, signal);
    const now = await this.read(signal);
    if (within(now, split)) return;
    throw new TrafficFault(`traffic.read says ${splitText(now)} after traffic.shift was to set ${splitText(split)}`);
  }

  async drain(instance: RoutedInstance, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { drainTimeoutMs, timeoutMs } = this.spec;
    const seconds = Math.ceil(drainTimeoutMs / 1000);
    const told = { ...instanceEnvironment(instance), BELAY_DRAIN_TIMEOUT: String(seconds) };
    // It is to end by itself when that time is over: cut off, it would leave nobody knows what.
    if (this.spec.drain !== undefined) await this.run('drain', told, drainTimeoutMs + timeoutMs, signal);
  }

  async admit(instance: RoutedInstance, groups: readonly string[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const told = { ...instanceEnvironment(instance), BELAY_GROUPS: groups.join(',') };
    if (this.spec.admit !== undefined) await this.run('admit', told, this.spec.timeoutMs, signal);
  }

  /** Runs one of the commands, and answers with what it printed; a TrafficFault unless it exits with 0 in time. */
  private async run(verb: Verb, told: Env, timeoutMs: number, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const what = `traffic.${verb}`;
    if (this.env.unset.length > 0) throw new TrafficFault(unsetWords(this.env, 'traffic.env'), true);
    const { directory } = this.spec;
    const [word = '', ...args] = this.spec[verb] ?? [];
    const found = await findProgram(word, directory, this.base['PATH']);
    if (found.kind === 'missing') throw new TrafficFault(`${what} could not be started: ${found.why}`, true);
    const program = { file: found.file, args, directory, env: { ...this.base, ...told }, secrets: this.env.secrets };
    const inTime = AbortSignal.timeout(timerMs(timeoutMs));
    const { ending, output, stdout } = await run(program, AbortSignal.any([signal, inTime])).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!inTime.aborted) throw error;
      throw new TrafficFault(`${what} didn't end within ${durationText(timeoutMs)}, and was ended`, true);
    });
    const fault = faultWords(what, ending, output);
    // Where it asks its balancer from matters, too.
    if (fault !== undefined) throw new TrafficFault(fault, true);
    return stdout;
  }
}

/** `BELAY_WEIGHT_CANARY` */
function variable(group: string): string {
  return `BELAY_WEIGHT_${group.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}`;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
