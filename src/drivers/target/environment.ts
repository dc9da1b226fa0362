import { labelVariable } from '../../domain/label-variable';
import type { TargetChange, TargetInstance } from './driver';

/**
 * What a command gets of the worker's own environment. Not more: the worker's holds passwords of the
 * database and of Temporal, and a command that depends on the rest breaks on the next worker.
 */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

type Env = Record<string, string>;

/** The worker's part, then what the spec adds. */
export function baseEnvironment(worker: NodeJS.ProcessEnv, added: Env): Env {
  const env: Env = {};
  for (const name of PASSED_ON) {
    const value = worker[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...added };
}

/** Tells which instance is meant. Always set, so that a strict shell doesn't stumble: empty means unknown. */
export function instanceEnvironment(instance: Pick<TargetInstance, 'name' | 'address' | 'labels'>): Env {
  const env: Env = { INSTANCE_ID: instance.name, INSTANCE_ADDRESS: instance.address ?? '' };
  for (const [label, value] of Object.entries(instance.labels)) {
    env[labelVariable(label)] = value;
  }
  return env;
}

/** Tells what to bring to it. */
export function changeEnvironment(change: TargetChange): Env {
  const previous = change.instance.before.versions;
  return {
    ...instanceEnvironment(change.instance),
    CODE_VERSION: change.target.codeVersion,
    CONFIGURATION_VERSION: change.target.configurationVersion,
    PREVIOUS_CODE_VERSION: previous?.codeVersion ?? '',
    PREVIOUS_CONFIGURATION_VERSION: previous?.configurationVersion ?? '',
    GENERATION: String(change.generation),
    ATTEMPT: String(change.attempt),
    BELAY_ARTIFACT: change.target.artifact ?? '',
    ...(change.releaseDir === undefined ? {} : { BELAY_RELEASE_DIR: change.releaseDir }),
  };
}
