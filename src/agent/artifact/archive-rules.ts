import { posix } from 'node:path';
import { bytesText } from '../../domain/bytes';
import { ArtifactFailure } from './failure';
import { MARK } from './release';

export interface ArchiveLimits {
  /** Of the archive once it isn't compressed any more. */
  maxUnpackedBytes: number;
  maxFiles: number;
  /** Names that the release's folder gets links of, to what all releases share. */
  shared: readonly string[];
}

/** An entry as the archive says it is. */
export interface Described {
  path: string;
  type: string;
  linkpath?: string | undefined;
}

/** An entry that is taken: its path below the release's folder, cleaned; '' is the folder itself. */
export type Taken =
  | { kind: 'file' | 'folder'; path: string }
  /** `target` as it is to be written: relative to where the link is. */
  | { kind: 'symlink'; path: string; target: string }
  /** `target` below the release's folder: a file that came before. */
  | { kind: 'hardlink'; path: string; target: string };

const LONGEST_PATH = 4096;

/**
 * What an archive may hold, looked at one entry after another; the first that it may not refuses the whole. Every link ends
 * in the release's folder by its own text, and no path goes through one: so nothing that is unpacked can be elsewhere.
 */
export class ArchiveRules {
  private readonly kinds = new Map<string, Taken['kind']>();
  /** In one case, as some file systems see them. */
  private readonly links = new Set<string>();
  private readonly parents = new Set<string>();
  private readonly foldedParents = new Set<string>();
  private readonly reserved: Set<string>;
  private count = 0;

  constructor(private readonly limits: ArchiveLimits) {
    this.reserved = new Set([MARK, ...limits.shared].map(folded));
  }

  /** @throws ArtifactFailure, saying which entry and why */
  take({ path: raw, type, linkpath }: Described): Taken {
    this.count++;
    if (this.count > this.limits.maxFiles) {
      throw refused(`it holds more than ${this.limits.maxFiles} entries (artifact.max_files)`);
    }
    const path = cleaned(raw);
    const taken = this.kindOf(raw, path, type, linkpath ?? '');
    this.place(raw, path, taken.kind);
    return taken;
  }

  private kindOf(raw: string, path: string, type: string, linkpath: string): Taken {
    switch (type) {
      case 'File':
      case 'OldFile':
      case 'ContiguousFile':
        return { kind: 'file', path };
      case 'Directory':
      case 'GNUDumpDir':
        return { kind: 'folder', path };
      case 'SymbolicLink':
        return { kind: 'symlink', path, target: this.symlinkTarget(raw, path, linkpath) };
      case 'Link':
        return { kind: 'hardlink', path, target: this.hardlinkTarget(raw, linkpath) };
      default:
        throw refused(`${shown(raw)} is a ${type}, and only files, folders and links are unpacked`);
    }
  }

  /** `..` may stand only where it begins: after a name that is itself a link it would lead who knows where. */
  private symlinkTarget(raw: string, path: string, target: string): string {
    const words = target.split('/').filter((word) => word !== '' && word !== '.');
    const up = words.findIndex((word) => word !== '..');
    const above = up === -1 ? words.length : up;
    const depth = path.split('/').length - 1;
    const inside = above <= depth && !words.slice(above).includes('..');
    if (target === '' || target.startsWith('/') || hasNul(target) || !inside) {
      throw refused(`${shown(raw)} is a link to ${shown(target)}, which may lead out of the release's folder`);
    }
    return target;
  }

  private hardlinkTarget(raw: string, linkpath: string): string {
    const target = cleaned(linkpath);
    const kind = this.kinds.get(target);
    if (kind === 'file' || kind === 'hardlink') return target;
    throw refused(`${shown(raw)} is a hard link to ${shown(linkpath)}, which is no file that came before it`);
  }

  private place(raw: string, path: string, kind: Taken['kind']): void {
    if (path === '') {
      if (kind !== 'folder') throw refused(`${shown(raw)} takes the place of the release's own folder`);
      return;
    }
    const [first = ''] = path.split('/');
    if (this.reserved.has(folded(first))) {
      const what = folded(first) === folded(MARK) ? "is Belay's own" : 'is shared by all releases';
      throw refused(`it holds ${shown(raw)}, and ${first} ${what}; leave it out of the archive`);
    }
    for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above)) {
      if (this.links.has(folded(above))) throw refused(`${shown(raw)} goes through the link ${shown(above)}`);
      if ((this.kinds.get(above) ?? 'folder') !== 'folder') {
        throw refused(`${shown(raw)} lies under ${shown(above)}, which is no folder`);
      }
      this.parents.add(above);
      this.foldedParents.add(folded(above));
    }
    const before = this.kinds.get(path);
    const twice = before !== undefined && !(before === 'folder' && kind === 'folder');
    if (twice || (kind !== 'folder' && this.parents.has(path))) throw refused(`${shown(raw)} is in it twice`);
    this.kinds.set(path, kind);
    if (kind !== 'symlink') return;
    // Something may have gone through a name that is a link only now.
    if (this.foldedParents.has(folded(path)))
      throw refused(`${shown(raw)} is a link that something before it goes through`);
    this.links.add(folded(path));
  }
}

/** Why an archive isn't unpacked. */
export function refused(why: string): ArtifactFailure {
  return new ArtifactFailure(`the artifact is refused: ${why}. Nothing of it was unpacked`);
}

export function tooLarge(bytes: number): ArtifactFailure {
  return refused(`unpacked it is larger than ${bytesText(bytes)} (artifact.max_unpacked_size)`);
}

function cleaned(raw: string): string {
  const words = raw.split('/');
  if (raw.startsWith('/') || /^[A-Za-z]:[\\/]/.test(raw)) throw refused(`${shown(raw)} is an absolute path`);
  if (words.includes('..')) throw refused(`${shown(raw)} has .. in its path`);
  if (raw.length > LONGEST_PATH) throw refused(`${shown(raw)} is longer than a path may be`);
  if (hasNul(raw)) throw refused(`${shown(raw)} has a NUL in its path`);
  return words.filter((word) => word !== '' && word !== '.').join('/');
}

function hasNul(text: string): boolean {
  return text.includes('\0');
}

function folded(path: string): string {
  return path.normalize('NFKC').toLowerCase();
}

/** As a person can read it, whatever it holds. */
function shown(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
