import { z } from 'zod';
import type { Versions } from '../domain';
import { version } from './scalars';

const RULE = 'write the version that the instance runs, or null when nothing was ever installed';

/** A version that may be null: then nothing was ever installed. */
export const versionOrNull = (what: string) =>
  z.union([z.null(), version(what)], { error: ({ input }) => orNull(input) });

function orNull(input: unknown): string {
  return input === undefined ? `is missing; ${RULE}` : `is no version; ${RULE}`;
}

/** Both versions, or neither: half a release can't be brought back. */
export function versionsOf(code: string | null, configuration: string | null, artifact?: string): Versions | undefined {
  if (code === null || configuration === null) return undefined;
  return { codeVersion: code, configurationVersion: configuration, ...(artifact === undefined ? {} : { artifact }) };
}

/** For objects with both keys: refuses one without the other. */
export function bothOrNeither(
  value: { code_version?: unknown; configuration_version?: unknown },
  context: z.core.$RefinementCtx,
): void {
  const { code_version: code, configuration_version: configuration } = value;
  if (code === undefined || configuration === undefined || (code === null) === (configuration === null)) return;
  const key = code === null ? 'code_version' : 'configuration_version';
  context.addIssue({
    code: 'custom',
    path: [key],
    message: 'is null while the other version is not; write both versions, or null for both',
  });
}
