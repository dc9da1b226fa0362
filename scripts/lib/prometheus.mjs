import { join } from 'node:path';
import { libraryFolders, programFolders, programIn, unpacked } from './debian.mjs';

const PACKAGE = 'prometheus';

/**
 * Finds a Prometheus, or fetches it: PATH and the system's folders · the cache · Debian's or Ubuntu's package.
 * @returns {Promise<{ prometheus: string, libraries: string[] }>} `libraries` are folders for LD_LIBRARY_PATH
 */
export async function findPrometheus({ env = process.env, say = () => {} } = {}) {
  const prometheus = programIn(programFolders(env), 'prometheus');
  if (prometheus) return { prometheus, libraries: [] };
  const next =
    `install it yourself, so that prometheus is on PATH (Debian, Ubuntu: apt-get install ${PACKAGE}; it needn't run), ` +
    'then run the same command again.';
  const tree = await unpacked({ packages: [PACKAGE], title: 'Prometheus', next, env, say });
  return { prometheus: join(tree, 'usr/bin/prometheus'), libraries: libraryFolders(tree) };
}
