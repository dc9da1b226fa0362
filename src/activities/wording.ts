import type { Versions } from '../domain';
import { shortDigest } from '../domain/artifact';

const LISTED = 20;

/** One line each, up to 20, then how many more there are. */
export function lines(items: readonly string[]): string {
  const shown = items.slice(0, LISTED).map((item) => `  - ${item}`);
  const more = items.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** `1.5.0 / 12`, with the artifact where it is known, or that nobody knows. */
export function versionsText(versions: Versions | undefined): string {
  if (versions === undefined) return 'no known version';
  const { codeVersion, configurationVersion, artifact } = versions;
  return `${codeVersion} / ${configurationVersion}${artifact === undefined ? '' : ` (${shortDigest(artifact)})`}`;
}

/** `1 instance`, `3 instances`. */
export function instances(count: number): string {
  return `${count} ${count === 1 ? 'instance' : 'instances'}`;
}
