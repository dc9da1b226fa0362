import type { FreezeRow } from '../../control/control';
import { scopeText } from '../../domain/freeze';
import type { Paint } from '../output';
import { tableLines } from './table';
import { timeText } from './words';

/** What is frozen now. */
export function inForceLines(freezes: FreezeRow[], paint: Paint): string[] {
  const rows = freezes.map((each) => [paint.yellow(scopeText(each.scope)), ...termCells(each), each.by, each.reason]);
  return tableLines(['FROZEN', 'SINCE', 'UNTIL', 'BY', 'WHY'], rows, paint);
}

/** Freezes and what became of each. */
export function freezeLines(freezes: FreezeRow[], paint: Paint): string[] {
  if (freezes.length === 0) return ['No freeze matches.'];
  const rows = freezes.map((each) => [
    scopeText(each.scope),
    ...termCells(each),
    each.by,
    each.reason,
    fateText(each, paint),
  ]);
  return tableLines(['FROZEN', 'SINCE', 'UNTIL', 'BY', 'WHY', ''], rows, paint);
}

function termCells({ since, until }: FreezeRow): string[] {
  return [timeText(since), until === undefined ? 'it is lifted' : timeText(until)];
}

function fateText({ isInForce, lifted }: FreezeRow, paint: Paint): string {
  if (isInForce) return paint.yellow('in force');
  if (lifted === undefined) return 'over';
  return `lifted ${timeText(lifted.at)} by ${lifted.by}${lifted.reason === undefined ? '' : `: ${lifted.reason}`}`;
}
