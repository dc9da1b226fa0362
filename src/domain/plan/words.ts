import { shortDigest } from '../artifact';
import type { ReleaseDocument } from '../status';

const MOST_NAMES = 20;

/** `1 instance`, `3 instances`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The names, cut after 20 with `and N more`. */
export function nameList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const listed = names.slice(0, MOST_NAMES).join(', ');
  return more > 0 ? `${listed} and ${more.toLocaleString('en-US')} more` : listed;
}

/** `1.5.0 / 12`: code and configuration; with the beginning of the artifact's digest where there is one. */
export function releaseText(release: ReleaseDocument | null): string {
  if (release === null) return '(not known)';
  const { code_version: code, configuration_version: configuration, artifact } = release;
  return `${code} / ${configuration}${artifact === undefined ? '' : ` (${shortDigest(artifact)})`}`;
}
