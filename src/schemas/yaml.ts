import type { Alias, Document, ParsedNode, YAMLError, Scalar } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Problem } from '../domain/errors';
import { InputError } from '../domain/errors';
import { keyProblem } from './json';
import type { Entry, Node, Source } from './node';
import { placeOf, problemAt } from './node';

const MOST_ALIASES = 100;

/** One YAML 1.2 document with the place of everything; an InputError with the first place where it isn't YAML. */
export function parseYaml(file: string, text: string): Source {
  const documents = parse(file, text);
  const [first, second] = documents;
  if (first === undefined) throw new InputError({ file, message: 'is empty; write something into it' });
  // The first one only: those after it are mostly its consequences.
  const wrong = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])[0];
  if (wrong !== undefined) throw new InputError(syntaxProblem({ file, text }, wrong));
  if (second !== undefined) {
    const message = 'has a second YAML document; one file holds one deployment, so split it';
    throw new InputError(problemAt({ file, text }, second.range[0], message));
  }
  return new Converter(file, text, first).source();
}

function parse(file: string, text: string): Document.Parsed[] {
  try {
    // Duplicate keys are found by the converter, which can say where the first one is.
    const documents = parseAllDocuments(text, { version: '1.2', uniqueKeys: false, prettyErrors: false });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    // The parser is recursive: a stack overflow is a file nested thousands of levels deep.
    throw new InputError({
      file,
      message: `isn't YAML that can be read (${(error as Error).message}); check its nesting`,
    });
  }
}

const REMEDIES: Partial<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'remove the tag or the anchor from the alias',
  BAD_ALIAS: 'give the alias a name',
  BAD_INDENT: 'close it, or align it with its neighbours',
  BLOCK_AS_IMPLICIT_KEY: 'put nested keys on lines of their own, or put a text with a colon in quotes',
  IMPOSSIBLE: 'check the lines above',
  MISSING_CHAR: 'check quotes, brackets, commas and colons here and above',
  MULTILINE_IMPLICIT_KEY: 'check for a missing colon or quote above',
  TAB_AS_INDENT: 'indent with spaces',
  TAG_RESOLVE_FAILED: 'remove the tag',
  UNEXPECTED_TOKEN: 'put a text with special characters in quotes',
};

function syntaxProblem(source: { file: string; text: string }, error: YAMLError): Problem {
  const said = error.message.replace(/[.\s]+$/, '');
  return problemAt(source, error.pos[0], `isn't YAML: ${said}; ${REMEDIES[error.code] ?? 'correct it'}`);
}

/** Turns the parser's tree into nodes: plain scalars as written, aliases followed, keys checked. */
class Converter {
  private readonly problems: Problem[] = [];
  private aliases = 0;
  private readonly following = new Set<unknown>();

  constructor(
    readonly file: string,
    readonly text: string,
    private readonly document: Document.Parsed,
  ) {}

  source(): Source {
    const root = this.node(this.document.contents);
    if (this.problems.length > 0) throw new InputError(this.problems);
    return { file: this.file, text: this.text, root };
  }

  private node(found: ParsedNode | null, near = 0): Node {
    const at = found?.range[0] ?? near;
    if (isAlias(found)) return this.follow(found, at);
    if (isSeq(found)) {
      return { kind: 'list', at, items: found.items.map((item) => this.node(item, at)) };
    }
    if (isMap(found)) return { kind: 'map', at, entries: this.entries(found.items, at) };
    return { kind: 'scalar', at, value: isScalar(found) ? textOf(found) : null };
  }

  private entries(items: ParsedPair[], near: number): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const { key, value } of items) {
      const keyAt = key.range?.[0] ?? near;
      const name = isScalar(key) ? textOf(key) : null;
      const earlier = name === null ? undefined : entries.get(name);
      const problem =
        name === null
          ? 'has a key that is no text; write a plain word'
          : keyProblem(name, earlier && placeOf(this.text, earlier.keyAt).line);
      if (problem !== undefined) this.problems.push(problemAt(this, keyAt, problem));
      else if (name !== null) entries.set(name, { keyAt, node: this.node(value, keyAt) });
    }
    return entries;
  }

  private aliasProblem(target: ParsedNode | undefined): string | undefined {
    if (target === undefined) return 'names no anchor above it';
    if (this.following.has(target)) return 'leads back to itself';
    return this.aliases > MOST_ALIASES ? `is one of more than ${MOST_ALIASES} aliases` : undefined;
  }

  private follow(alias: Alias.Parsed, at: number): Node {
    const target = alias.resolve(this.document) as ParsedNode | undefined;
    this.aliases++;
    const wrong = this.aliasProblem(target);
    if (wrong !== undefined || target === undefined) {
      // One that is too many is told once: an alias in an alias multiplies.
      if (this.aliases <= MOST_ALIASES + 1) {
        this.problems.push(problemAt(this, at, `*${alias.source} ${wrong ?? ''}; write out what it stands for`));
      }
      return { kind: 'scalar', at, value: null };
    }
    this.following.add(target);
    const node = this.node(target);
    this.following.delete(target);
    return { ...node, at };
  }
}

interface ParsedPair {
  key: ParsedNode;
  value: ParsedNode | null;
}

/** A scalar's text; a plain one exactly as it is written, so that 1.10 doesn't become 1.1. */
function textOf({ value, source }: Scalar): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value : (source ?? null);
}
