import { InputError } from '../domain/errors';
import { parseJson } from '../schemas/json';
import { plainOf, typedOf } from '../schemas/node';
import { checkWith } from '../schemas/parse-with';
import type { z } from 'zod';
import { HttpError, invalid } from './errors';
import type { Api } from './types';

const PARTS: Record<string, string> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the address',
  headers: 'the headers',
};

/**
 * Reads bodies with the reader of files: a number stays the text that was written (1.10 is no 1.1), duplicate keys
 * are refused, and what is wrong is told with its place. Values are judged by the schemas that files are judged by.
 */
export function readBodiesLikeFiles(app: Api): void {
  app.removeAllContentTypeParsers();
  parseBodies(app, plainOf);
  app.setValidatorCompiler(({ schema, httpPart = 'body' }) => (value: unknown) => {
    const checked = checkWith(schema as z.core.$ZodType, value ?? undefined);
    if (checked.ok) return { value: checked.value };
    return { error: invalid(PARTS[httpPart] ?? httpPart, checked.problems) };
  });
}

/** In this part of the API numbers, true and false are such: values are somebody else's, and go back as they came. */
export function readTypedBodies(app: Api): void {
  app.removeAllContentTypeParsers();
  parseBodies(app, typedOf);
}

function parseBodies(app: Api, read: typeof plainOf): void {
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, bodyOf(text as string, read));
    } catch (error) {
      done(error as Error);
    }
  });
}

function bodyOf(text: string, read: typeof plainOf): unknown {
  if (text.trim() === '') return undefined;
  try {
    return read(parseJson('body', text).root);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError(400, 'invalid_json', error.message);
  }
}
