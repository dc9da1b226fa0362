import type { AgentConfig } from '../schemas/agent';
import { Agent } from './agent';
import { ControlPlane } from './control-plane';
import { LocalInstance } from './instance';

/** Runs an agent until the signal is aborted; see `Agent.run`. `say` is told what happens, a line each. */
export async function runAgent(
  config: AgentConfig,
  environment: NodeJS.ProcessEnv,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const plane = new ControlPlane(config.controlPlane.url, config.controlPlane.ca);
  try {
    await new Agent(config, plane, new LocalInstance(config, environment, say), say).run(signal);
  } finally {
    await plane.close();
  }
}
