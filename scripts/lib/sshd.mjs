import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { libraryFolders, libraryIn, programFolders, programIn, unpacked } from './debian.mjs';

const SERVER = 'openssh-server';
/** With it a user needs no line in /etc/passwd: root's tests run the server as nobody. */
const WRAPPER = 'libnss-wrapper';

/**
 * Finds what an ssh server for tests is made of, or fetches it: PATH and the system's folders · the cache · Debian's or
 * Ubuntu's packages, which are unpacked and not installed, so that no service starts and root isn't needed.
 * @returns {Promise<{ sshd: string, libraries: string[], session?: string, auth?: string, wrapper?: string }>} `libraries`
 * are folders for LD_LIBRARY_PATH, `session` and `auth` programs that a newer sshd starts, `wrapper` is root's only
 */
export async function findSshd({ env = process.env, say = () => {}, root = process.getuid?.() === 0 } = {}) {
  const sshd = programIn(programFolders(env), 'sshd');
  const wrapper = libraryIn(libraryFolders('/'), 'libnss_wrapper.so');
  const packages = [...(sshd ? [] : [SERVER]), ...(!root || wrapper ? [] : [WRAPPER])];
  if (packages.length === 0) return parts('/', { sshd, wrapper, root });
  const next =
    `install it yourself, so that sshd is on PATH or in /usr/sbin (Debian, Ubuntu: apt-get install ${SERVER}` +
    ` ${WRAPPER}; it needn't run), then run the same command again.`;
  const tree = await unpacked({ packages, title: 'An OpenSSH server for tests', next, env, say });
  return parts(tree, { sshd, wrapper, root });
}

/** What was found on the system, and the rest out of the unpacked packages. */
function parts(tree, { sshd, wrapper, root }) {
  const below = (path) => [join(tree, path)].find((file) => tree !== '/' && existsSync(file));
  const [session, auth] = sshd ? [] : [below('usr/lib/openssh/sshd-session'), below('usr/lib/openssh/sshd-auth')];
  return {
    sshd: sshd ?? join(tree, 'usr/sbin/sshd'),
    libraries: tree === '/' ? [] : libraryFolders(tree),
    ...(session ? { session } : {}),
    ...(auth ? { auth } : {}),
    ...(root ? { wrapper: wrapper ?? libraryIn(libraryFolders(tree), 'libnss_wrapper.so') } : {}),
  };
}
