import type { AttemptRow, HookRunRow } from '../../control/control';
import type { Paint } from '../output';
import { spanText, timeText } from './words';

/** What each attempt and each hook printed, in the order of their starts, under a line that says how it ended. */
export function logLines(rows: AttemptRow[], paint: Paint, hooks: HookRunRow[] = []): string[] {
  if (rows.length === 0 && hooks.length === 0) return ['No attempt was made.'];
  const told = [
    ...rows.map((row) => ({ at: row.startedAt, head: headText(row), output: row.output })),
    ...hooks.map((run) => ({ at: run.startedAt, head: hookText(run), output: run.output })),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
  return told.flatMap(({ head, output }) => [paint.bold(head), ...outputLines(output)]);
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

function hookText({ hook, moment, startedAt, endedAt, fault }: HookRunRow): string {
  const took = spanText(endedAt.getTime() - startedAt.getTime());
  const end = fault === undefined ? `done after ${took}` : `failed after ${took}: ${fault}`;
  return `the hook ${hook} (${moment}), ${timeText(startedAt)}: ${end}`;
}

function outputLines(output: string | undefined): string[] {
  const text = output?.trimEnd();
  if (text === undefined || text === '') return [];
  return text.split('\n').map((line) => `  ${line}`);
}
