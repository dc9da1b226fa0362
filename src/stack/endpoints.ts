import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevTokens } from './dev-tokens';

/** What runs, and where: `<state dir>/endpoints.json`, readable by its owner only. */
export interface Endpoints {
  temporal: string;
  namespace: string;
  web_ui: string | null;
  database_url: string;
  /** Where the API is; absent: it has none. */
  api?: string;
  /** What the API of this stack lets in. */
  tokens?: DevTokens;
  /** Where its artifacts are. */
  artifacts?: { dir: string; max_bytes: number };
  task_queue: string;
  /** The process that holds the stack together. */
  host: number;
  started_at: string;
}

export const ENDPOINTS_FILE = 'endpoints.json';

/** Replaces the file as a whole: nobody ever reads half of it. */
export function writeEndpoints(stateDir: string, endpoints: Endpoints): void {
  const file = join(stateDir, ENDPOINTS_FILE);
  const part = `${file}.${process.pid}`;
  writeFileSync(part, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(part, file);
}

/** What the latest start of a stack wrote; whether it still runs is another question. */
export function readEndpoints(stateDir: string): Endpoints | undefined {
  try {
    const read = JSON.parse(readFileSync(join(stateDir, ENDPOINTS_FILE), 'utf8')) as Partial<Endpoints>;
    return typeof read.temporal === 'string' && typeof read.database_url === 'string' ? (read as Endpoints) : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the file away, unless another host has written its own meanwhile. */
export function dropEndpoints(stateDir: string, host: number): void {
  if (readEndpoints(stateDir)?.host === host) rmSync(join(stateDir, ENDPOINTS_FILE), { force: true });
}
