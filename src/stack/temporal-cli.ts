import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Unreachable } from '../control/errors';

/** The script that finds or fetches Temporal's programs, also before anything is installed. */
const FINDER = join(__dirname, '../../scripts/find-temporal.mjs');

/** One of Temporal's programs on this machine, and where it came from. */
export interface FoundTool {
  path: string;
  source: string;
}

export type Tool = 'cli' | 'test-server';

/** A program of Temporal's can't be had; the message says why and what to do next. */
export class TemporalUnavailable extends Unreachable {}

/** Finds one of Temporal's programs, and fetches it when it isn't there. */
export async function findTemporal(
  tool: Tool,
  onStep: (text: string) => void = () => {},
  signal?: AbortSignal,
): Promise<FoundTool> {
  const { [tool]: found } = await runFinder([tool], onStep, signal);
  if (!found) throw new TemporalUnavailable(`Temporal's ${tool} was not found.`);
  return found;
}

/** As `findTemporal`, but nothing is fetched; and the folder that it would be kept in. */
export async function lookForTemporal(tool: Tool): Promise<{ found: FoundTool | undefined; cache: string }> {
  const answer = await runFinder([tool, '--no-fetch'], () => {});
  return { found: answer[tool] ?? undefined, cache: answer.cache };
}

/** What the program says about itself, e.g. "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)". */
export function temporalVersion(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, ['--version'], { timeout: 20_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(new TemporalUnavailable(`${path} can't be run: ${error.message.trim()}`));
    });
  });
}

/** What the script prints: null for what isn't there. */
type Findings = { [tool in Tool]?: FoundTool | null } & { cache: string };

async function runFinder(args: string[], onStep: (text: string) => void, signal?: AbortSignal): Promise<Findings> {
  const child = spawn(process.execPath, [FINDER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  const complaint: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('▸ ')) onStep(line.slice(2));
    else complaint.push(line.replace(/^✗ /, ''));
  });
  const answer: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => answer.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (code !== 0) throw new TemporalUnavailable(complaint.join('\n') || `${FINDER} ended with exit code ${code}.`);
  return JSON.parse(Buffer.concat(answer).toString('utf8')) as Findings;
}
