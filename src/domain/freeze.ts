import { instantText } from './instant';

/** What is frozen: a service of an environment, all of an environment, or (neither is named) everything. */
export interface FreezeScope {
  environment?: string;
  service?: string;
}

/** Nothing new goes forward there, until it is lifted or over. */
export interface Freeze {
  scope: FreezeScope;
  by: string;
  reason: string;
  since: Date;
  until?: Date;
}

/** When a freeze is over by itself: so long after it began, or at a moment. */
export type FreezeEnd = { kind: 'after'; ms: number } | { kind: 'at'; at: Date };

/** `production/web`, `production/*` or `everything`. */
export function scopeText({ environment, service }: FreezeScope): string {
  return environment === undefined ? 'everything' : `${environment}/${service ?? '*'}`;
}

/** The command that lifts it, as a shell takes it. */
export function unfreezeCommand(scope: FreezeScope): string {
  if (scope.environment === undefined) return 'belay unfreeze';
  return scope.service === undefined ? `belay unfreeze '${scopeText(scope)}'` : `belay unfreeze ${scopeText(scope)}`;
}

/** `until 2026-02-01 08:00:00 UTC`, or that a person ends it. */
export function untilText({ until }: Pick<Freeze, 'until'>): string {
  return until === undefined ? 'until it is lifted' : `until ${instantText(until)}`;
}

/** `ann@here froze production/* at 2026-01-31 14:05:09 UTC, until 2026-02-01 08:00:00 UTC: audit` */
export function freezeText(freeze: Freeze): string {
  const { by, scope, since, reason } = freeze;
  return `${by} froze ${scopeText(scope)} at ${instantText(since)}, ${untilText(freeze)}: ${reason}`;
}

/** Why a service can't be deployed to, and what a person can do about it. */
export function frozenText(service: Required<FreezeScope>, freezes: readonly Freeze[]): string {
  const commands = freezes.map(({ scope }) => `\`${unfreezeCommand(scope)}\``).join(' and ');
  return (
    `${scopeText(service)} is frozen: ${freezes.map(freezeText).join('; ')}; ` +
    `lift it with ${commands}, or deploy all the same with --override-freeze "why"`
  );
}
