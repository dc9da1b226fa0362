import { join } from 'node:path';
import { ENDPOINTS_FILE, type Endpoints } from './stack/endpoints';
import { stackSettings } from './stack/server-settings';
import { startStack, type Stack } from './stack/start';
import { stateDirOf } from './stack/state-dir';
import type { Ports } from './stack/servers';

/** Whoever talks to the person. */
export interface DevOutput {
  say(text: string): void;
  json(document: unknown): void;
}

/** Ctrl-C and the like, as something that can be waited for. */
interface Interruptions {
  readonly seen: number;
  reached(nth: number): Promise<void>;
}

export interface DevOptions {
  port?: number;
  uiPort?: number;
  apiPort?: number;
  /** A belay.yaml. */
  config?: string;
  json: boolean;
  stateDir?: string;
}

const INTERRUPTED = 130;

/** Everything on this machine, until Ctrl-C; a second one doesn't wait. Answers with the exit code. */
export async function runDev(options: DevOptions, output: DevOutput, interrupts: Interruptions): Promise<number> {
  const stateDir = options.stateDir ?? stateDirOf();
  const say = (text: string) => output.say(text);
  const settings = await stackSettings(options.config, stateDir);
  const interrupted = new AbortController();
  void interrupts.reached(1).then(() => interrupted.abort());
  let stack: Stack;
  try {
    const { signal } = interrupted;
    const ports = portsOf(options);
    stack = await startStack({ stateDir, ports, api: true, settings, onStep: say, onTrouble: say, signal });
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    output.say('Interrupted while starting; what was started has ended.');
    return INTERRUPTED;
  }
  const { endpoints } = stack;
  if (options.json) output.json(withoutSecrets(endpoints));
  if (!stack.hosted) {
    output.say(`Belay runs from ${stateDir} already, held by process ${endpoints.host}.`);
    for (const line of addresses(endpoints, stateDir)) output.say(line);
    return 0;
  }
  for (const line of addresses(endpoints, stateDir)) output.say(line);
  output.say('Ctrl-C stops it; what is in flight then goes on at the next start.');
  await interrupts.reached(1);
  output.say('Stopping. Once more to stop at once.');
  const seen = interrupts.seen;
  const forced = interrupts.reached(seen + 1).then(() => 'forced' as const);
  if ((await Promise.race([stack.stop(), forced])) === 'forced') {
    stack.kill();
    output.say('Stopped at once.');
  }
  return 0;
}

function addresses(endpoints: Endpoints, stateDir: string): string[] {
  const { api, tokens } = endpoints;
  return [
    ...(endpoints.web_ui === null ? [] : [`Web UI    ${endpoints.web_ui}`]),
    `Temporal  ${endpoints.temporal}`,
    ...(api === undefined ? [] : [`API       ${api} (its page: ${api}/docs)`]),
    ...(tokens === undefined ? [] : [`Tokens    in ${join(stateDir, ENDPOINTS_FILE)} (admin and registration)`]),
    'Deploy with `belay deploy`: it finds this stack by itself.',
  ];
}

function withoutSecrets({ tokens: _, ...endpoints }: Endpoints): Omit<Endpoints, 'tokens'> {
  const url = new URL(endpoints.database_url);
  url.password = '';
  return { ...endpoints, database_url: url.href };
}

function portsOf({ port, uiPort, apiPort }: DevOptions): Ports {
  return {
    ...(port === undefined ? {} : { temporal: port }),
    ...(uiPort === undefined ? {} : { webUi: uiPort }),
    ...(apiPort === undefined ? {} : { api: apiPort }),
  };
}
