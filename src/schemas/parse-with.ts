import type { z } from 'zod';
import { safeParse } from 'zod/v4/core';
import { InputError, type Problem } from '../domain/errors';
import { nearest } from '../domain/names';
import { offsetOf, pathText, placeOf, plainOf, type Path, type Source } from './node';
import { MOST_PROBLEMS } from './wording';

type Issue = z.core.$ZodIssue;

/**
 * A document's value by a schema; an InputError with every problem and its place otherwise.
 * @param read what the schema gets to see of it
 */
export function parseWith<Schema extends z.ZodType>(schema: Schema, source: Source, read = plainOf): z.output<Schema> {
  const result = schema.safeParse(read(source.root));
  if (result.success) return result.data;
  const placed = locatedIn(result.error.issues).map(({ path, what, message }) => {
    return { offset: offsetOf(source.root, path, what), message };
  });
  throw new InputError(problemsAt(source, placed));
}

/** A part of a document by what it is called there, and what is wrong with it. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** A value by a schema, or the first things that are wrong with it: for documents whose places nobody sees. */
export function checkWith<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
): { ok: true; value: z.output<Schema> } | { ok: false; problems: FieldProblem[] } {
  const result = safeParse(schema, value);
  if (result.success) return { ok: true, value: result.data };
  const found = locatedIn(result.error.issues.slice(0, 2 * MOST_PROBLEMS)).slice(0, MOST_PROBLEMS);
  const problems = found.map(({ path, message }) => ({ field: pathText(path), message }));
  return { ok: false, problems };
}

/** Problems at offsets of a file, in the file's order. */
export function problemsAt(source: Source, found: { offset: number; message: string }[]): Problem[] {
  const ordered = [...found].sort((a, b) => a.offset - b.offset);
  return ordered.map(({ offset, message }) => ({ file: source.file, ...placeOf(source.text, offset), message }));
}

function locatedIn(issues: readonly Issue[]): Located[] {
  return withoutMisspelt(issues.flatMap((issue) => located(issue)));
}

/** Drops `environment is missing` where `enviroment` is unknown beside it: that is one mistake. */
function withoutMisspelt(found: Located[]): Located[] {
  const unknown = found.filter(({ what }) => what === 'key').map(({ path }) => path);
  return found.filter(({ path, what, message }) => {
    if (what === 'key' || !message.startsWith(`${pathText(path)} is missing`)) return true;
    const beside = unknown.filter((each) => pathText(each.slice(0, -1)) === pathText(path.slice(0, -1)));
    return !beside.some((each) => nearest(String(each.at(-1)), [String(path.at(-1))]) !== undefined);
  });
}

interface Located {
  path: Path;
  what: 'key' | 'value';
  message: string;
}

function located(issue: Issue, above: Path = []): Located[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.slice(0, MOST_PROBLEMS).map((key, i) => {
      const message = messages[i] ?? issue.message;
      const inside = path.length === 0 ? message : `${pathText(path)}: ${message}`;
      return { path: [...path, key], what: 'key', message: inside };
    });
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [best] = [...issue.errors].sort((a, b) => misfit(a) - misfit(b));
    if (best !== undefined && misfit(best) === 0) return best.flatMap((each) => located(each, path));
  }
  const message = path.length === 0 ? issue.message : `${pathText(path)} ${issue.message}`;
  return [{ path, what: 'value', message }];
}

/** 1 when a variant isn't even of the right kind, so that its problems say nothing. */
function misfit(issues: Issue[]): number {
  return issues.some(({ code, path }) => path.length === 0 && code !== 'unrecognized_keys') ? 1 : 0;
}
