import type { AgentConfig } from '../schemas/agent';
import { Agent } from './agent';
import { ControlPlane } from './control-plane';
import { LocalInstance } from './instance';
import { Memory } from './state';

/**
 * Runs an agent until the signal is aborted; see `Agent.run`. `say` is told what happens, a line each.
 * @throws InputError where its state can't be read, or this machine lacks what agent.yaml names
 */
export async function runAgent(
  config: AgentConfig,
  environment: NodeJS.ProcessEnv,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const memory = await Memory.open(config.stateDir);
  const plane = new ControlPlane(config.controlPlane.url, config.controlPlane.ca);
  try {
    const instance = new LocalInstance(config, environment, say);
    await new Agent(config, plane, instance, memory, say).run(signal);
  } finally {
    await plane.close();
  }
}
