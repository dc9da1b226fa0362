import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSecret } from '../control/tokens';

/** What the API of a stack of one's own lets in. */
export interface DevTokens {
  admin: string;
  registration: string;
}

const FILE = 'dev-tokens.json';

/** The tokens of a state folder, the same at each start: agents and scripts hold them. For its owner only. */
export function devTokens(stateDir: string): DevTokens {
  const file = join(stateDir, FILE);
  const there = readTokens(file);
  if (there !== undefined) return there;
  const made: DevTokens = { admin: newSecret(), registration: newSecret() };
  const part = `${file}.${process.pid}`;
  writeFileSync(part, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  renameSync(part, file);
  return made;
}

function readTokens(file: string): DevTokens | undefined {
  try {
    const { admin, registration } = JSON.parse(readFileSync(file, 'utf8')) as Partial<DevTokens>;
    return typeof admin === 'string' && typeof registration === 'string' ? { admin, registration } : undefined;
  } catch {
    return undefined;
  }
}
