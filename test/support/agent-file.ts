import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The agent in one file, as `npm run build` makes it. */
export const AGENT_FILE = join(__dirname, '../../dist/belay-agent.cjs');

interface Options {
  /** A copy of it. */
  file?: string;
  /** Arguments for Node itself. */
  before?: string[];
  /** What runs it, given the rest as arguments. */
  shell?: string[];
  env?: Record<string, string>;
}

/** Runs it in a folder with an agent.yaml. */
export function startAgentFile(cwd: string, { file = AGENT_FILE, before = [], shell = [], env = {} }: Options = {}) {
  const [program = '', ...args] = [...shell, process.execPath, ...before, file, '--config', 'agent.yaml'];
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<{ exit: number | null; signal: string | null; said: string }>((resolve) => {
    child.once('close', (exit, signal) => resolve({ exit, signal, said }));
  });
  return { child, ended };
}
