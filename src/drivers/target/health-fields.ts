import type { VersionFields } from '../../domain';
import { isPrintable, said } from '../../domain/said';

const SHOWN = 80;

/** The versions that a health answer tells, and why not all that were asked for. */
export interface ToldVersions {
  codeVersion?: string;
  configurationVersion?: string;
  fault?: string;
}

type Clean = (text: string) => string;

/**
 * Reads versions out of a JSON answer by dotted paths; asked for none, anything is a fine answer.
 * @param clean takes out what isn't to be seen, before anything is shortened
 */
export function toldVersions(text: string, fields: VersionFields, clean: Clean = (each) => each): ToldVersions {
  if (fields.codeVersion === undefined && fields.configurationVersion === undefined) return {};
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return {
      fault: text.trim() === '' ? 'the answer is empty, not JSON' : `the answer is not JSON: ${shown(clean(text))}`,
    };
  }
  const told: ToldVersions = {};
  const faults: string[] = [];
  for (const key of ['codeVersion', 'configurationVersion'] as const) {
    const path = fields[key];
    if (path === undefined) continue;
    const value = versionAt(document, path, clean);
    if ('fault' in value) faults.push(value.fault);
    else told[key] = value.version;
  }
  return faults.length === 0 ? told : { ...told, fault: faults.join('; ') };
}

function versionAt(document: unknown, path: string, clean: Clean): { version: string } | { fault: string } {
  const value = path.split('.').reduce(own, document);
  switch (typeof value) {
    case 'string':
      if (value === '') return { fault: `the answer's field "${path}" is empty` };
      return isVersion(value)
        ? { version: value }
        : { fault: `the answer's field "${path}" is no version: ${shown(clean(JSON.stringify(value)))}` };
    case 'number':
      return { version: String(value) };
    case 'undefined':
      return { fault: `the answer has no field "${path}"` };
    default:
      return {
        fault: `the answer's field "${path}" is ${shown(clean(JSON.stringify(value)))}, not a string or a number`,
      };
  }
}

const LONGEST = 256;

/** Whether it could stand in a spec: what an instance runs is what it may have to go back to. */
function isVersion(text: string): boolean {
  return text.trim() !== '' && text.length <= LONGEST && isPrintable(text);
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** The start of what somebody sent, on one line. */
function shown(text: string): string {
  return said(text.replaceAll(/\s+/g, ' '), SHOWN);
}
