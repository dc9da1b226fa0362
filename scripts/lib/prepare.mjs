import { ensureBuilt } from './build.mjs';
import { findTool } from './find.mjs';
import { ensureInstalled } from './install.mjs';
import { say } from './say.mjs';
import { TOOLS } from './tools.mjs';

/**
 * Brings a checkout to where Belay can run: packages, dist/, and the named programs of Temporal's, whose paths are
 * set in `env`. What is there already isn't touched, and isn't mentioned.
 */
export async function prepare({ tools = [], env = process.env } = {}) {
  await ensureInstalled();
  await ensureBuilt();
  for (const kind of tools) {
    env[TOOLS[kind].variable] = (await findTool(kind, { env, say })).path;
  }
}
