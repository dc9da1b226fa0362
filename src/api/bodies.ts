import type { FastifyRequest } from 'fastify';
import { InputError } from '../domain/errors';
import { parseJson } from '../schemas/json';
import { plainOf } from '../schemas/node';
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
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    try {
      done(null, bodyOf(request, text as string));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setValidatorCompiler(({ schema, httpPart = 'body' }) => (value: unknown) => {
    const checked = checkWith(schema as z.core.$ZodType, value ?? undefined);
    if (checked.ok) return { value: checked.value };
    return { error: invalid(PARTS[httpPart] ?? httpPart, checked.problems) };
  });
}

function bodyOf(_request: FastifyRequest, text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return plainOf(parseJson('body', text).root);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError(400, 'invalid_json', error.message);
  }
}
