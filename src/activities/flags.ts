import type { Tools } from './dependencies';
import type { Acted, Activities } from './types';

/** Sets flags for a deployment, or puts them back; repeated, it changes nothing twice. */
export function setFlags(_tools: Tools, _input: Parameters<Activities['setFlags']>[0]): Promise<Acted> {
  throw new Error('no strategy sets flags yet');
}
