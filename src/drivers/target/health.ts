import type { HealthCheck, Probe } from '../../domain';
import type { TargetInstance } from './driver';
import { instanceEnvironment } from './environment';
import { commandHealth } from './health-command';
import { httpHealth } from './health-http';
import { findProgram } from './program';
import { run, type Run } from './run';

/** One look at an instance: see `TargetDriver.probe`. */
export type HealthProbe = (instance: TargetInstance, signal: AbortSignal) => Promise<Probe>;

/** Where and with what a health command runs. */
export interface CommandSurroundings {
  directory: string;
  env: Record<string, string>;
  secrets: readonly string[];
}

export function healthProbe(check: HealthCheck, surroundings: CommandSurroundings): HealthProbe {
  switch (check.kind) {
    case 'http':
      return (instance, signal) => httpHealth(check, instance, signal);
    case 'command':
      return (instance, signal) =>
        commandHealth(check, surroundings.secrets, (each) => runHere(check.run, surroundings, instance, each), signal);
  }
}

async function runHere(
  [word = '', ...args]: readonly string[],
  { directory, env, secrets }: CommandSurroundings,
  instance: TargetInstance,
  signal: AbortSignal,
): Promise<Run> {
  const found = await findProgram(word, directory, env['PATH']);
  if (found.kind === 'missing') return { ending: { kind: 'not_started', why: found.why }, output: '', stdout: '' };
  return run({ file: found.file, args, directory, secrets, env: { ...env, ...instanceEnvironment(instance) } }, signal);
}
