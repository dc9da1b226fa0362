import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** A command line as a process of its own. */
export interface ClientProcess {
  child: ChildProcess;
  ended: Promise<{ exit: number | null; stdout: string; stderr: string; ms: number }>;
  /** Resolves when what it wrote to either stream holds this text. */
  wrote(text: string): Promise<void>;
}

/** Runs the built client with these arguments. */
export function startClient(
  argv: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): ClientProcess {
  const began = Date.now();
  const { INIT_CWD: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'dist/client.js'), ...argv], {
    cwd,
    env: { ...inherited, BELAY_ACTOR: 'ann@here', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  const waiting: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<Awaited<ClientProcess['ended']>>((resolve) => {
    child.once('close', (exit) => resolve({ exit, ...written, ms: Date.now() - began }));
  });
  const wrote = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if ((written.stdout + written.stderr).includes(text)) resolve();
      };
      waiting.push(look);
      look();
      void ended.then(() => reject(new Error(`it ended without writing ${text}:\n${written.stdout}${written.stderr}`)));
    });
  return { child, ended, wrote };
}
