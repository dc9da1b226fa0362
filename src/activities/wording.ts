import type { Versions } from '../domain';

const LISTED = 20;

/** One line each, up to 20, then how many more there are. */
export function lines(items: readonly string[]): string {
  const shown = items.slice(0, LISTED).map((item) => `  - ${item}`);
  const more = items.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** `1.5.0 / 12`, or that nobody knows. */
export function versionsText(versions: Versions | undefined): string {
  return versions === undefined ? 'no known version' : `${versions.codeVersion} / ${versions.configurationVersion}`;
}

/** `1 instance`, `3 instances`. */
export function instances(count: number): string {
  return `${count} ${count === 1 ? 'instance' : 'instances'}`;
}
