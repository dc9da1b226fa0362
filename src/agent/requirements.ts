import { join, resolve, sep } from 'node:path';
import { InputError } from '../domain/errors';
import { baseEnvironment } from '../drivers/target/environment';
import { findProgram } from '../drivers/target/program';
import { resolveEnv } from '../drivers/target/secrets';
import type { AgentConfig } from '../schemas/agent';

/**
 * Whether this machine has what agent.yaml names, before anything is run. What lies under `current` comes with a release:
 * it is looked for when it is run, or else an agent without a release, or with a bad one, could never get a better one.
 * @throws InputError that names the file and its keys
 */
export async function checkRequirements(config: AgentConfig, environment: NodeJS.ProcessEnv): Promise<void> {
  const { file, directory, health, update, installation } = config;
  const { values, unset } = resolveEnv(config.env, environment);
  const { PATH } = baseEnvironment(environment, values);
  const messages = unset.map((name) => `env names ${name}, which is not set in the agent's environment; set it there`);
  const commands: [string, string[]][] = [['update', update]];
  if (health.kind === 'command') commands.push(['health.run', health.run]);
  for (const [key, [word = '']] of commands) {
    if (installation !== undefined && word.includes('/')) {
      const current = join(installation.directory, 'current') + sep;
      if (resolve(directory, word).startsWith(current)) continue;
    }
    const found = await findProgram(word, directory, PATH);
    if (found.kind === 'missing') messages.push(`${key} names ${word}: ${found.why}; put it there, or correct ${key}`);
  }
  if (messages.length > 0) throw new InputError(messages.map((message) => ({ file, message })));
}
