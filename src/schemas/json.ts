import { InputError } from '../domain/errors';
import type { Entry, Node, Source } from './node';
import { placeOf, problemAt } from './node';

const DEEPEST = 100;

/** Each matches at any place, if only nothing: a failed match would set a pattern back to the start. */
const SPACE = /[ \t\r\n]*/y;
const WORD = /[A-Za-z0-9+\-._]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;

/**
 * JSON with the place of everything, duplicate keys refused: JSON.parse gives neither.
 * Throws an InputError that names the first place where it isn't JSON.
 */
export function parseJson(file: string, text: string): Source {
  const reader = new Reader(file, text);
  return { file, text, root: reader.document() };
}

/** A recursive descent over the text; `position` is the next character. */
class Reader {
  private position = 0;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  document(): Node {
    const node = this.value(0);
    this.skipSpace();
    if (this.position < this.text.length) throw this.wrong('has something after its end; remove it, or put it inside');
    return node;
  }

  private value(depth: number): Node {
    this.skipSpace();
    if (depth > DEEPEST) throw this.wrong(`is nested deeper than ${DEEPEST} levels; is it the right file?`);
    const at = this.position;
    switch (this.text[at]) {
      case '{':
        return this.map(depth);
      case '[':
        return this.list(depth);
      case '"':
        return { kind: 'scalar', at, value: this.string() };
      default:
        return { kind: 'scalar', at, value: this.word(), bare: true };
    }
  }

  private map(depth: number): Node {
    const at = this.position++;
    const entries = new Map<string, Entry>();
    while (!this.closes('}', entries.size, 'object')) {
      const keyAt = this.position;
      if (this.text[keyAt] !== '"') throw this.unexpected('a key in double quotes');
      const key = this.string();
      this.refuseKey(key, keyAt, entries.get(key));
      this.skipSpace();
      if (this.text[this.position] !== ':') throw this.unexpected(`a colon after the key ${JSON.stringify(key)}`);
      this.position++;
      entries.set(key, { keyAt, node: this.value(depth + 1) });
    }
    return { kind: 'map', at, entries };
  }

  private list(depth: number): Node {
    const at = this.position++;
    const items: Node[] = [];
    while (!this.closes(']', items.length, 'list')) items.push(this.value(depth + 1));
    return { kind: 'list', at, items };
  }

  /** Reads the closing bracket, or the comma before the next item; true when it is closed. */
  private closes(bracket: '}' | ']', items: number, what: string): boolean {
    this.skipSpace();
    if (this.text[this.position] === bracket) {
      this.position++;
      return true;
    }
    if (items === 0) {
      if (this.position >= this.text.length) throw this.unexpected(`${bracket} that closes the ${what}`);
      return false;
    }
    if (this.text[this.position] !== ',') throw this.unexpected(`a comma, or ${bracket} that closes the ${what}`);
    const comma = this.position++;
    this.skipSpace();
    if (this.text[this.position] !== bracket) return false;
    this.position = comma;
    throw this.wrong(`isn't JSON: there is a comma before the closing ${bracket}; remove the comma`);
  }

  private refuseKey(key: string, at: number, earlier: Entry | undefined): void {
    const problem = keyProblem(key, earlier && placeOf(this.text, earlier.keyAt).line);
    if (problem !== undefined) throw new InputError(problemAt(this, at, problem));
  }

  private string(): string {
    const start = this.position++;
    for (;;) {
      this.skip(PLAIN);
      const next = this.text[this.position];
      if (next === '"') break;
      if (next !== '\\') {
        if (next !== undefined && next !== '\n' && next !== '\r')
          throw this.wrong("isn't JSON: a control character stands in a text; write it as \\u00XX");
        this.position = start;
        throw this.wrong('isn\'t JSON: this text has no closing quote; add a "');
      }
      if (!/^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.text.slice(this.position + 1, this.position + 6))) {
        throw this.wrong("isn't JSON: unknown escape after the backslash; write \\\\ for a backslash");
      }
      this.position += 2;
    }
    this.position++;
    const quoted = this.text.slice(start, this.position);
    return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  }

  /** A number, true, false or null: kept as it is written. */
  private word(): string | null {
    const start = this.position;
    this.skip(WORD);
    const word = this.text.slice(start, this.position);
    this.position = start;
    const valid = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(word);
    if (!valid) throw this.unexpected('a value');
    this.position += word.length;
    return word === 'null' ? null : word;
  }

  private skipSpace(): void {
    this.skip(SPACE);
  }

  private skip(pattern: RegExp): void {
    pattern.lastIndex = this.position;
    pattern.test(this.text);
    this.position = pattern.lastIndex;
  }

  private unexpected(expected: string): InputError {
    const rest = this.text.slice(this.position, this.position + 40);
    if (rest === '') return this.wrong(`isn't JSON: it ends where ${expected} should be; is it cut off?`);
    if (/^(?:\/\/|\/\*|#)/.test(rest)) return this.wrong("isn't JSON: it has a comment; remove it");
    if (rest.startsWith("'")) return this.wrong("isn't JSON: single quotes; write double quotes");
    const found = /^(?:[\p{L}\p{N}_.+-]+|.)/su.exec(rest)?.[0] ?? rest;
    const quotes = /^\p{L}/u.test(found) ? '; texts and keys stand in double quotes' : `; write ${expected}`;
    return this.wrong(`isn't JSON: ${JSON.stringify(found)} where ${expected} should be${quotes}`);
  }

  private wrong(message: string): InputError {
    return new InputError(problemAt(this, this.position, message));
  }
}

/** Why a map may not have this key; undefined when it may. */
export function keyProblem(key: string, earlierLine: number | undefined): string | undefined {
  if (key === '__proto__') return 'has the key "__proto__", which nothing here is called; remove it';
  if (earlierLine === undefined) return undefined;
  return `has the key ${JSON.stringify(key)} twice, first on line ${earlierLine}; keep one`;
}
