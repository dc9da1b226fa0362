const COLOUR = /\x1b\[[0-9;]*m/g;
const INDENT = '  ';

/**
 * Breaks a line between words, so that none is wider than a width; the later lines are indented.
 * @param phrase what is kept on one line, where that has the room: a command, to be copied
 */
export function wrap(line: string, width: number, phrase = ''): string[] {
  const lines: string[] = [];
  let colour = '';
  for (const text of broken(wordsOf(line, phrase, width), width)) {
    const start = colour;
    for (const [code] of text.matchAll(COLOUR)) colour = isReset(code) ? '' : code;
    lines.push(`${start}${text}${colour === '' ? '' : '\x1b[0m'}`);
  }
  return lines;
}

function wordsOf(line: string, phrase: string, width: number): string[] {
  const at = phrase === '' || widthOf(INDENT + phrase) > width ? -1 : line.indexOf(phrase);
  if (at < 0) return line.split(' ');
  const before = line.slice(0, at).split(' ');
  const after = line.slice(at + phrase.length).split(' ');
  return [...before.slice(0, -1), `${before.at(-1) ?? ''}${phrase}${after[0] ?? ''}`, ...after.slice(1)];
}

function broken(words: string[], width: number): string[] {
  const lines: string[] = [];
  let text = '';
  for (const word of words) {
    const longer = text === '' ? word : `${text} ${word}`;
    if (widthOf(longer) <= width) {
      text = longer;
      continue;
    }
    if (text !== '') lines.push(text);
    text = lines.length === 0 ? word : INDENT + word;
    while (widthOf(text) > width) {
      const start = startOf(text, width);
      lines.push(start);
      text = INDENT + text.slice(start.length);
    }
  }
  return [...lines, text];
}

/** As much of a text as has that width, and its colours so far. */
function startOf(text: string, width: number): string {
  let start = '';
  for (const [piece] of text.matchAll(/\x1b\[[0-9;]*m|[\s\S]/gu)) {
    if (widthOf(start + piece) > width) break;
    start += piece;
  }
  return start;
}

/** What ends colours, wholly or the one of the text. */
function isReset(code: string): boolean {
  return ['\x1b[0m', '\x1b[39m', '\x1b[22m'].includes(code);
}

function widthOf(text: string): number {
  return [...text.replaceAll(COLOUR, '')].length;
}
