import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { download, type Delivery } from './download';
import { sync } from '../../drivers/artifact/sync';
import { remove, replaceLink } from './durable';
import { ArtifactFailure, diskFailure, isDiskError } from './failure';
import { hexOf, MARK, readMark, releaseName, sameRelease, writeMark, type Release } from './release';
import { unpack } from './unpack';

export interface InstallationConfig {
  /** releases/, current and shared/ are in it. */
  directory: string;
  shared: readonly string[];
  keepReleases: number;
  maxBytes: number;
  maxUnpackedBytes: number;
  maxFiles: number;
  downloadMs: number;
}

/** Where an artifact comes from. */
export type Ask = (digest: string, from: number, signal: AbortSignal) => Promise<Delivery>;

/**
 * The releases of one instance, in folders, and the link to the one that is current. A release has its name when it is
 * whole and on the disk, and the link is replaced in one step: whoever follows it finds a whole release at every moment.
 */
export class Installation {
  private readonly releases: string;
  private readonly shared: string;
  private readonly downloads: string;
  /** What is half done: new releases and links, and old releases that are being removed. */
  private readonly rest: string;

  constructor(
    private readonly config: InstallationConfig,
    private readonly ask: Ask,
    private readonly say: (text: string) => void,
  ) {
    const at = (name: string) => join(config.directory, name);
    this.releases = at('releases');
    this.shared = at('shared');
    this.downloads = at('.downloads');
    this.rest = at('.unfinished');
  }

  /** What `current` points to; undefined: nothing that came in an artifact. */
  async current(): Promise<Release | undefined> {
    const name = await this.currentName();
    return name === undefined ? undefined : readMark(join(this.releases, name));
  }

  /** Removes what an earlier run left half done, but for the download of that artifact. */
  async tidy(awaited: string | undefined, signal: AbortSignal): Promise<void> {
    await remove(this.rest, signal);
    for (const name of await readdir(this.downloads).catch(() => [])) {
      if (awaited === undefined || name !== partOf(awaited)) await rm(join(this.downloads, name), { force: true });
    }
  }

  /**
   * Has the release in its folder, with its links; answers with the folder. One that is there already isn't fetched.
   * @throws ArtifactFailure, in words; aborted, the signal's reason
   */
  bring(release: Release, signal: AbortSignal): Promise<string> {
    return this.told(signal, async () => {
      const folder = join(this.releases, releaseName(release));
      const isKept = await isThere(folder);
      await this.tidy(isKept ? undefined : release.artifact, signal);
      await this.checkCurrent();
      await mkdir(this.releases, { recursive: true });
      await mkdir(this.rest, { recursive: true, mode: 0o700 });
      if (isKept) await this.checkMark(folder, release);
      else await this.fetch(release, folder, signal);
      await this.linkShared(folder);
      return folder;
    });
  }

  /** Has `current` point to a release that was brought. Throws as above; then `current` is as it was, or points there. */
  makeCurrent(release: Release, signal: AbortSignal): Promise<void> {
    return this.told(signal, async () => {
      const name = releaseName(release);
      signal.throwIfAborted();
      await replaceLink(join(this.config.directory, 'current'), join('releases', name), this.rest);
      await this.noteUse(name);
    });
  }

  private async told<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      throw isDiskError(error) ? diskFailure(error, this.config.directory) : error;
    }
  }

  /** Removes the oldest releases: never the current one, nor the one before it. */
  async prune(signal: AbortSignal): Promise<void> {
    const current = await this.currentName();
    const others = (await this.byUse()).filter(({ name }) => name !== current);
    for (const { name } of others.slice(Math.max(2, this.config.keepReleases) - 1)) await this.remove(name, signal);
  }

  /** The releases that are there, the one that was made current last first; what has no mark is somebody else's. */
  private async byUse(): Promise<{ name: string; used: number }[]> {
    const found: { name: string; used: number }[] = [];
    for (const name of await readdir(this.releases).catch(() => [])) {
      if ((await readMark(join(this.releases, name))) === undefined) continue;
      found.push({ name, used: (await stat(join(this.releases, name, MARK))).mtimeMs });
    }
    return found.sort((a, b) => b.used - a.used);
  }

  /** The mark's time tells the order in which releases were current, also where the clock was set back. */
  private async noteUse(name: string): Promise<void> {
    const mark = join(this.releases, name, MARK);
    const [latest] = await this.byUse();
    const time = new Date(Math.max(Date.now(), latest === undefined || latest.name === name ? 0 : latest.used + 1000));
    await utimes(mark, time, time);
    await sync(mark);
  }

  private async fetch(release: Release, folder: string, signal: AbortSignal): Promise<void> {
    const { artifact: digest } = release;
    const { config, say } = this;
    await mkdir(this.downloads, { recursive: true, mode: 0o700 });
    const file = join(this.downloads, partOf(digest));
    const temporary = join(this.rest, `${basename(folder)}.${randomBytes(4).toString('hex')}`);
    try {
      const ask = (from: number, until: AbortSignal) => this.ask(digest, from, until);
      await download({ digest, file, maxBytes: config.maxBytes, timeoutMs: config.downloadMs, ask, say }, signal);
      await unpack(file, temporary, config, signal);
      await writeMark(temporary, release);
      await sync(temporary);
      signal.throwIfAborted();
      await rename(temporary, folder);
      await sync(this.releases);
      await rm(file, { force: true });
    } catch (error) {
      // Whoever stops it is not kept waiting: the next one tidies up.
      signal.throwIfAborted();
      await remove(temporary, signal);
      if (!(error instanceof ArtifactFailure && error.resumable)) await rm(file, { force: true });
      throw error;
    }
  }

  /** What is shared is made where it isn't: an empty folder, or an empty file where its name has a dot, as `.env` has. */
  private async linkShared(folder: string): Promise<void> {
    for (const name of this.config.shared) {
      await mkdir(this.shared, { recursive: true });
      const own = join(this.shared, name);
      if (!(await isThere(own))) await this.makeShared(own);
      const target = join('..', '..', basename(this.shared), name);
      const found = await lstat(join(folder, name)).catch(() => undefined);
      if (found?.isSymbolicLink() && (await readlink(join(folder, name))) === target) continue;
      if (found !== undefined && !found.isSymbolicLink()) {
        throw new ArtifactFailure(
          `${join(folder, name)} is the release's own, and agent.yaml lists ${name} under shared; take it off that list, or out of the release`,
        );
      }
      await replaceLink(join(folder, name), target, this.rest);
    }
  }

  private async makeShared(own: string): Promise<void> {
    const isFile = basename(own).includes('.');
    if (isFile) await writeFile(own, '', { flag: 'wx', mode: 0o600 });
    else await mkdir(own);
    this.say(`${own} was not there: an empty ${isFile ? 'file' : 'folder'} was made`);
  }

  private async checkCurrent(): Promise<void> {
    const link = join(this.config.directory, 'current');
    const found = await lstat(link).catch(() => undefined);
    if (found === undefined || found.isSymbolicLink()) return;
    throw new ArtifactFailure(`${link} is no link; move it away, and the agent makes it a link to the current release`);
  }

  private async checkMark(folder: string, release: Release): Promise<void> {
    const mark = await readMark(folder);
    if (mark !== undefined && sameRelease(mark, release)) return;
    const what = mark === undefined ? `has no ${MARK}` : `is ${mark.codeVersion} / ${mark.configurationVersion}`;
    throw new ArtifactFailure(`${folder} is in the way: it ${what}; move it away, and the release is fetched anew`);
  }

  private async currentName(): Promise<string | undefined> {
    const target = await readlink(join(this.config.directory, 'current')).catch(() => undefined);
    return target !== undefined && basename(dirname(target)) === 'releases' ? basename(target) : undefined;
  }

  /** Out of the way in one step: half a release must not pass for a whole one. */
  private async remove(name: string, signal: AbortSignal): Promise<void> {
    await mkdir(this.rest, { recursive: true, mode: 0o700 });
    const away = join(this.rest, `${name}.${randomBytes(4).toString('hex')}`);
    await rename(join(this.releases, name), away);
    await remove(away, signal);
  }
}

function partOf(digest: string): string {
  return `${hexOf(digest)}.part`;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
