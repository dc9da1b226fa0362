import { releaseDocument, type ReleaseDocument, type Status, type Versions } from '../../domain';
import { shortDigest } from '../../domain/artifact';
import type { Paint } from '../output';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A duration as a person reads it: `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function spanText(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return pair(Math.floor(ms / MINUTE), 'min', Math.round((ms % MINUTE) / SECOND), 's');
  return pair(Math.floor(ms / HOUR), 'h', Math.round((ms % HOUR) / MINUTE), 'min');
}

function pair(much: number, unit: string, little: number, small: string): string {
  return little === 0 ? `${much} ${unit}` : `${much} ${unit} ${little} ${small}`;
}

/** `1.5.0 (configuration 12)`, or what to say when nobody knows. */
export function releaseText(release: ReleaseDocument | null | undefined, unknown = 'unknown'): string {
  if (release === null || release === undefined) return unknown;
  const { code_version: code, configuration_version: configuration, artifact } = release;
  return `${code} (configuration ${configuration}${artifact === undefined ? '' : `, artifact ${shortDigest(artifact)}`})`;
}

/** `1.5.0 / 12`: a release in little room; with the beginning of the artifact's digest where there is one. */
export function shortRelease(release: Partial<ReleaseDocument> | undefined): string {
  const { code_version: code, configuration_version: configuration = 'unknown', artifact } = release ?? {};
  if (code === undefined) return 'unknown';
  return `${code} / ${configuration}${artifact === undefined ? '' : ` (${shortDigest(artifact)})`}`;
}

/** The same, of versions as the domain has them. */
export function shortVersions(versions: Versions | undefined): string {
  return shortRelease(versions && releaseDocument(versions));
}

/** A status as words, coloured by how it is. */
export function statusText(status: Status, paint: Paint): string {
  const words = status.replaceAll('_', ' ');
  switch (status) {
    case 'succeeded':
      return paint.green(words);
    case 'failed':
    case 'rollback_incomplete':
    case 'completed_with_failures':
    case 'aborted':
    case 'cancelled':
      return paint.red(words);
    case 'paused':
    case 'awaiting_approval':
    case 'rolling_back':
    case 'rolled_back':
      return paint.yellow(words);
    case 'pending':
    case 'running':
      return paint.cyan(words);
  }
}

/** `2026-01-31 14:05:09` in the machine's time zone, from a date or an ISO text. */
export function timeText(time: Date | string): string {
  const at = new Date(time);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The same with its zone, for where times of other zones may stand beside it. */
export function zonedText(time: Date | string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(new Date(time));
  const zone = parts.find(({ type }) => type === 'timeZoneName')?.value;
  return `${timeText(time)}${zone === undefined ? '' : ` ${zone}`}`;
}

/** `1 instance`, `3 instances`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
