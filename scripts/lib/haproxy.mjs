import { join } from 'node:path';
import { libraryFolders, programFolders, programIn, unpacked } from './debian.mjs';

const PACKAGE = 'haproxy';

/**
 * Finds a HAProxy, or fetches it: PATH and the system's folders · the cache · Debian's or Ubuntu's package.
 * @returns {Promise<{ haproxy: string, libraries: string[] }>} `libraries` are folders for LD_LIBRARY_PATH
 */
export async function findHaproxy({ env = process.env, say = () => {} } = {}) {
  const haproxy = programIn(programFolders(env), 'haproxy');
  if (haproxy) return { haproxy, libraries: [] };
  const next =
    `install it yourself, so that haproxy is on PATH or in /usr/sbin (Debian, Ubuntu: apt-get install ${PACKAGE};` +
    " it needn't run), then run the same command again.";
  const tree = await unpacked({ packages: [PACKAGE], title: 'HAProxy', next, env, say });
  return { haproxy: join(tree, 'usr/sbin/haproxy'), libraries: libraryFolders(tree) };
}
