import { stripVTControlCharacters } from 'node:util';

const LONGEST_LINE = 300;

/** The last line that says something, without colours, shortened; undefined when nothing was printed. */
export function lastLine(text: string): string | undefined {
  const line = stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((candidate) => candidate.trim())
    .findLast((candidate) => candidate !== '');
  return line === undefined ? undefined : shortened(line, LONGEST_LINE);
}

/** The first `length` characters, with a sign that there was more. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
