import type { Tools } from './dependencies';
import type { Acted, Activities } from './types';

/** Whether a deployment may go forward now. */
export function readCalendar(_tools: Tools, _input: Parameters<Activities['readCalendar']>[0]): Promise<Acted> {
  throw new Error('no strategy reads the calendar yet');
}
