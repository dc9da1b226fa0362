import { withoutControls } from '../../domain/said';

/** What the command line itself writes: colours, ends of lines, tabs. */
const OWN = /(\x1b\[[0-9;]*m|[\n\t])/;

/** Lines whose names and reasons, whoever gave them, move no cursor and turn nothing around. */
export function printable(text: string): string {
  return text
    .split(OWN)
    .map((piece, n) => (n % 2 === 0 ? withoutControls(piece) : piece))
    .join('');
}
