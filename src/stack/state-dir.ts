import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Belay's own folder: the checkout, seen from src/stack or dist/stack. */
export const ROOT = resolve(__dirname, '../..');

/** Where a stack keeps its state: BELAY_STATE_DIR, else `.belay/` in Belay's checkout, else `~/.belay`. */
export function stateDirOf(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.BELAY_STATE_DIR;
  if (given !== undefined && given !== '') return resolve(env.INIT_CWD ?? process.cwd(), given);
  const isCheckout = existsSync(join(ROOT, 'src')) && writable(ROOT);
  return isCheckout ? join(ROOT, '.belay') : join(homedir(), '.belay');
}

/** Makes the folder, readable by its owner only: passwords lie in it. */
export function makeStateDir(stateDir: string): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
}

/** Whether it is a folder that this process may write to. */
export function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
