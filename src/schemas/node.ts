import type { Problem } from '../domain/errors';

/**
 * A parsed document that still knows where everything stood. Every scalar is the text that was written
 * (1.10 stays 1.10, whatever a number would make of it), or null; the schemas read numbers out of texts.
 * `bare`: it stood in no quotes, in JSON.
 */
export type Node =
  | { kind: 'scalar'; at: number; value: string | null; bare?: true }
  | { kind: 'list'; at: number; items: Node[] }
  | { kind: 'map'; at: number; entries: Map<string, Entry> };

export interface Entry {
  keyAt: number;
  node: Node;
}

/** A file's text, and what it was parsed to. */
export interface Source {
  /** As the person named it. */
  file: string;
  text: string;
  root: Node;
}

export type Path = readonly PropertyKey[];

/** What a schema gets to see: texts, null, lists and plain objects. */
export function plainOf(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainOf);
    case 'map': {
      const object: Record<string, unknown> = {};
      for (const [key, entry] of node.entries) object[key] = plainOf(entry.node);
      return object;
    }
  }
}

/** The same of a JSON document, with numbers, true and false as such: for values that are somebody else's. */
export function typedOf(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.bare === true && node.value !== null ? (JSON.parse(node.value) as unknown) : node.value;
    case 'list':
      return node.items.map(typedOf);
    case 'map': {
      const object: Record<string, unknown> = {};
      for (const [key, entry] of node.entries) object[key] = typedOf(entry.node);
      return object;
    }
  }
}

/** Where the value at `path` starts; for one that isn't there, where the nearest thing around it does. */
export function offsetOf(root: Node, path: Path, what: 'key' | 'value' = 'value'): number {
  let node = root;
  let at = root.at;
  for (const [i, step] of path.entries()) {
    if (node.kind === 'list' && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) return at;
      node = item;
      at = item.at;
    } else if (node.kind === 'map') {
      const entry = node.entries.get(String(step));
      if (entry === undefined) return at;
      node = entry.node;
      const last = i === path.length - 1;
      // An absent child is best looked for under its parent's key.
      at = last && what === 'value' ? entry.node.at : entry.keyAt;
    } else {
      return at;
    }
  }
  return at;
}

/** Line and column of an offset, both from 1. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** A problem at an offset of a file. */
export function problemAt(source: { file: string; text: string }, offset: number, message: string): Problem {
  return { file: source.file, ...placeOf(source.text, offset), message };
}

/** `strategy.batches[1]`, as people write it. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}
