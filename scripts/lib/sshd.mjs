import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDir, executable, withWorkFolder } from './cache.mjs';
import { capture } from './run.mjs';
import { Problem } from './say.mjs';

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
  const sshd = systemFile('sshd', [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']);
  const wrapper = systemFile('libnss_wrapper.so', libraryFolders('/'));
  const packages = [...(sshd ? [] : [SERVER]), ...(!root || wrapper ? [] : [WRAPPER])];
  if (packages.length === 0) return parts('/', { sshd, wrapper, root });
  const dir = cacheDir(env);
  const tree = join(dir, [system(), process.arch, ...packages].join('-'));
  if (!existsSync(tree)) {
    say(`OpenSSH server for tests: fetching the packages ${packages.join(' and ')} with apt-get download`);
    await withWorkFolder(dir, (work) => unpack(packages, work, tree, env));
  }
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
    ...(root ? { wrapper: wrapper ?? systemFile('libnss_wrapper.so', libraryFolders(tree)) } : {}),
  };
}

async function unpack(packages, work, tree, env) {
  const root = join(work, 'root');
  mkdirSync(root);
  await download(packages, work, env);
  const missing = packages.includes(SERVER) ? await missingLibraries(work, env) : [];
  if (missing.length > 0) await download(missing, work, env);
  for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
    const { code, output } = await capture('dpkg-deb', ['-x', join(work, file), root], { env });
    if (code !== 0) throw problem(`dpkg-deb couldn't unpack ${file}: ${lastLine(output)}`);
  }
  try {
    renameSync(root, tree);
  } catch (error) {
    // Whoever did the same at the same time was first.
    if (!existsSync(tree)) throw error;
  }
}

/** The lists may be missing or old, as in a fresh container: then they are fetched once. */
async function download(packages, work, env) {
  // As root, apt would drop to a user who may not write into this folder.
  const args = ['-o', 'APT::Sandbox::User=root', 'download', ...packages];
  const take = () => capture('apt-get', args, { cwd: work, env, timeoutMs: 120_000 });
  let taken = await take();
  if (taken.code !== 0 && process.getuid?.() === 0) {
    await capture('apt-get', ['update'], { env, timeoutMs: 120_000 });
    taken = await take();
  }
  if (taken.code !== 0) throw problem(`apt-get download ${packages.join(' ')} failed: ${lastLine(taken.output)}`);
}

/** The libraries among the server's dependencies that this machine lacks. */
async function missingLibraries(work, env) {
  const deb = readdirSync(work).find((name) => name.startsWith(`${SERVER}_`));
  const { output } = await capture('dpkg-deb', ['-f', join(work, deb), 'Depends'], { env });
  const libraries = output
    .split(/[,|]/)
    .map((each) => each.trim().split(/[\s(:]/)[0])
    .filter((name) => name.startsWith('lib') && !name.startsWith('libpam-'));
  const missing = [];
  for (const name of libraries) {
    const asked = await capture('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { env });
    if (asked.code !== 0 || asked.output !== 'installed') missing.push(name);
  }
  return missing;
}

function libraryFolders(root) {
  return ['usr/lib', 'lib', 'usr/lib64']
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .filter((folder) => /\/lib(64)?$|-linux-[^/]+$/.test(folder));
}

function systemFile(name, folders) {
  const library = name.endsWith('.so');
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((file) => (library ? existsSync(file) : executable(file)));
}

function system() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const value = (key) => new RegExp(`^${key}="?([\\w.-]+)`, 'm').exec(release)?.[1];
  return `${value('ID') ?? process.platform}-${value('VERSION_ID') ?? 'x'}`;
}

function problem(why) {
  return new Problem(
    `An OpenSSH server for the tests was not found, and couldn't be fetched: ${why}\n` +
      `  Next: install it yourself, so that sshd is on PATH or in /usr/sbin (Debian, Ubuntu: apt-get install ${SERVER}` +
      ` ${WRAPPER}; it needn't run), then run the same command again.`,
  );
}

function lastLine(output) {
  return (
    output
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1) ?? 'it printed nothing'
  ).trim();
}
