import { mkdirSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { runAgent } from './agent';
import { InputError } from './domain/errors';
import { readAgentFile, type AgentConfig } from './schemas/agent';
import { withLock } from './stack/lock';

/**
 * The agent of that agent.yaml, alone in its state_dir and install_dir, until it is stopped: as `belay agent`, and as a
 * file of its own.
 * @throws InputError where agent.yaml or its state is wrong, or this machine lacks what it names
 */
export async function runAgentProcess(
  file: string,
  say: (text: string) => void,
  stopped: Promise<void>,
): Promise<void> {
  const config = await readAgentFile(file);
  const stopping = new AbortController();
  void stopped.then(() => {
    say('Stopping; what is under way is finished by the next start.');
    stopping.abort();
  });
  await alone(config, () => runAgent(config, process.env, say, stopping.signal));
}

async function alone({ file, stateDir, installation }: AgentConfig, run: () => Promise<void>): Promise<void> {
  const lock = (key: string, folder: string, name: string, body: () => Promise<void>) =>
    withLock(join(folder, name), (pid) => refuse(file, `${key} ${folder}`, pid), body);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  await lock('state_dir', stateDir, 'agent.lock', async () => {
    // A folder that it can't write to is told when there is something for it: the instance is looked after all the same.
    if (installation === undefined || !(await isWritable(installation.directory))) return run();
    return lock('install_dir', installation.directory, '.agent.lock', run);
  });
}

function refuse(file: string, what: string, pid: number): never {
  throw new InputError({
    file,
    message: `${what} is another agent's: process ${pid}; give each agent a folder of its own`,
  });
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    mkdirSync(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
