import { stripVTControlCharacters } from 'node:util';
import { SAID, said } from '../../domain/said';
import type { Ending } from './run';

/** The last line that says something, without colours, shortened; undefined when nothing was printed. */
export function lastLine(text: string): string | undefined {
  const line = stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((candidate) => candidate.trim())
    .findLast((candidate) => candidate !== '');
  return line === undefined ? undefined : said(line, SAID);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Why a command's end is a fault, in words; undefined when it is none. */
export function faultWords(what: string, ending: Ending, output: string): string | undefined {
  const last = lastLine(output);
  const said = last === undefined ? ' and printed nothing' : `: ${last}`;
  switch (ending.kind) {
    case 'exited':
      return ending.status === 0 ? undefined : `${what} exited with status ${ending.status}${said}`;
    case 'killed':
      return `${what} was killed by ${ending.signal}${said}`;
    case 'not_started':
      return `${what} could not be started: ${ending.why}`;
    case 'lost':
      return `${what} was cut off: ${ending.why}; it may still be running there`;
  }
}
