import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from './agent';
import { InputError } from './domain/errors';
import { readAgentFile } from './schemas/agent';
import { withLock } from './stack/lock';

/**
 * The agent of that agent.yaml, alone in its state_dir, until it is stopped: as `belay agent`, and as a file of its own.
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
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const another = (pid: number) => {
    throw new InputError({ file, message: `state_dir ${config.stateDir} is another agent's: process ${pid}` });
  };
  await withLock(join(config.stateDir, 'agent.lock'), another, () =>
    runAgent(config, process.env, say, stopping.signal),
  );
}
