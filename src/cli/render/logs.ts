import type { AttemptRow } from '../../control/control';
import type { Paint } from '../output';
import { spanText, timeText } from './words';

/** What each attempt printed, under a line that says how it ended. */
export function logLines(rows: AttemptRow[], paint: Paint): string[] {
  if (rows.length === 0) return ['No attempt was made.'];
  return rows.flatMap((row) => [paint.bold(headText(row)), ...outputLines(row)]);
}

function headText({ name, attempt, towards, startedAt, endedAt, ok, reason }: AttemptRow): string {
  const way = towards === 'release' ? 'towards the release' : 'back to its snapshot';
  const why = ok === true || reason === undefined ? '' : `: ${reason}`;
  const end =
    endedAt === undefined
      ? 'in flight, or lost with its worker'
      : `${ok === true ? 'done' : 'failed'} after ${spanText(endedAt.getTime() - startedAt.getTime())}${why}`;
  return `${name}, attempt ${attempt} (${way}), ${timeText(startedAt)}: ${end}`;
}

function outputLines({ output }: AttemptRow): string[] {
  const text = output?.trimEnd();
  if (text === undefined || text === '') return [];
  return text.split('\n').map((line) => `  ${line}`);
}
