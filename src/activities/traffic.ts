import type { Tools } from './dependencies';
import type { Acted, Activities } from './types';

/** Shifts requests as the strategy asks; repeated, it sets the same again. */
export function shiftTraffic(_tools: Tools, _input: Parameters<Activities['shiftTraffic']>[0]): Promise<Acted> {
  throw new Error('no strategy shifts traffic yet');
}

/** Keeps routers as they were set last. */
export function guardTraffic(_tools: Tools, _input: Parameters<Activities['guardTraffic']>[0]): Promise<void> {
  throw new Error('no strategy shifts traffic yet');
}
