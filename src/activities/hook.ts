import type { Tools } from './dependencies';
import type { Acted, Activities } from './types';

/** Runs a hook of the spec. */
export function runHook(_tools: Tools, _input: Parameters<Activities['runHook']>[0]): Promise<Acted> {
  throw new Error('no strategy runs hooks yet');
}
