const PIECES = /\x1b\[[0-9;]*m|[\s\S]/gu;

/** Cuts a line to a width, leaving its colours whole. */
export function truncate(line: string, width: number): string {
  let room = width;
  let cut = '';
  for (const piece of line.match(PIECES) ?? []) {
    if (piece.startsWith('\x1b[')) cut += piece;
    else if (room > 0) {
      cut += piece;
      room--;
    }
  }
  return cut;
}
