import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDir, executable, withWorkFolder } from './cache.mjs';
import { capture } from './run.mjs';
import { Problem } from './say.mjs';

/** What a package's dependencies are called that its program runs without: plugins of PAM, scripts for pages. */
const NEEDLESS = /^lib(pam|js)-/;

/**
 * Finds a folder with what Debian's or Ubuntu's packages hold, or fetches them into the cache: they are unpacked and not
 * installed, so that no service starts and root isn't needed. The libraries that this machine lacks come along.
 * @param {{ packages: string[], title: string, next: string, env?: NodeJS.ProcessEnv, say?: (text: string) => void }} wanted
 * `title` says whose they are, `next` what a person can do where they can't be had
 * @returns {Promise<string>} laid out as `/` is
 */
export async function unpacked({ packages, title, next, env = process.env, say = () => {} }) {
  const dir = cacheDir(env);
  const tree = join(dir, [system(), process.arch, ...packages].join('-'));
  if (existsSync(tree)) return tree;
  say(`${title}: fetching the packages ${packages.join(' and ')} with apt-get download`);
  try {
    await withWorkFolder(dir, (work) => unpack(packages, work, tree, env));
  } catch (error) {
    if (!(error instanceof Unfetched)) throw error;
    throw new Problem(`${title} was not found, and couldn't be fetched: ${error.message}\n  Next: ${next}`);
  }
  return tree;
}

/** The first of the folders' files of this name that can be run. */
export function programIn(folders, name) {
  return filesIn(folders, name).find(executable);
}

/** The first of the folders' libraries of this name. */
export function libraryIn(folders, name) {
  return filesIn(folders, name).find((file) => existsSync(file));
}

/** Where programs are: on PATH, and where the system keeps those that run as services. */
export function programFolders(env = process.env) {
  return [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
}

/** The folders of libraries below `root`: of a tree of unpacked packages, they are for LD_LIBRARY_PATH. */
export function libraryFolders(root) {
  return ['usr/lib', 'lib', 'usr/lib64']
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .filter((folder) => /\/lib(64)?$|-linux-[^/]+$/.test(folder));
}

function filesIn(folders, name) {
  return folders.filter(Boolean).map((folder) => join(folder, name));
}

/** Why packages couldn't be had. */
class Unfetched extends Error {}

async function unpack(packages, work, tree, env) {
  const root = join(work, 'root');
  mkdirSync(root);
  const seen = new Set();
  for (let wanted = packages; wanted.length > 0; wanted = await missingLibraries(work, seen, env)) {
    await download(wanted, work, env);
  }
  for (const file of debsIn(work)) {
    const { code, output } = await capture('dpkg-deb', ['-x', join(work, file), root], { env });
    if (code !== 0) throw new Unfetched(`dpkg-deb couldn't unpack ${file}: ${lastLine(output)}`);
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
  if (taken.code !== 0) {
    throw new Unfetched(`apt-get download ${packages.join(' ')} failed: ${lastLine(taken.output)}`);
  }
}

/** The libraries that packages which came since the last time depend on, and that this machine lacks. */
async function missingLibraries(work, seen, env) {
  const missing = [];
  for (const file of debsIn(work).filter((name) => !seen.has(name))) {
    seen.add(file);
    const { output } = await capture('dpkg-deb', ['-f', join(work, file), 'Depends'], { env });
    for (const name of output.split(/[,|]/).map((each) => each.trim().split(/[\s(:]/)[0])) {
      if (!name.startsWith('lib') || NEEDLESS.test(name) || seen.has(name)) continue;
      seen.add(name);
      const asked = await capture('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { env });
      if (asked.code !== 0 || asked.output !== 'installed') missing.push(name);
    }
  }
  return missing;
}

function debsIn(work) {
  return readdirSync(work).filter((name) => name.endsWith('.deb'));
}

function system() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const value = (key) => new RegExp(`^${key}="?([\\w.-]+)`, 'm').exec(release)?.[1];
  return `${value('ID') ?? process.platform}-${value('VERSION_ID') ?? 'x'}`;
}

function lastLine(output) {
  return (
    output
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1) ?? 'it printed nothing'
  ).trim();
}
