import { NotFound, Refused, Unreachable } from '../control/errors';
import { Stale, Unversioned } from '../control/flags';
import { InputError, problemText } from '../domain/errors';
import type { FieldProblem } from '../schemas/parse-with';

/** What every answer that is no success looks like. */
export interface ErrorDocument {
  error: {
    /** For programs; it stays as it is. */
    code: string;
    message: string;
    /** What to look at or to do next. */
    hints?: string[];
    /** What is wrong where. */
    fields?: FieldProblem[];
    /** The deployment that stands in the way. */
    holder?: string;
  };
}

interface More {
  hints?: string[];
  fields?: FieldProblem[];
  holder?: string;
  headers?: Record<string, string>;
}

/** An answer that is no success, in words. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    readonly more: More = {},
  ) {
    super(message);
  }
}

/** What was sent isn't right; `fields` says where. */
export function invalid(what: string, fields: FieldProblem[]): HttpError {
  const [first, ...rest] = fields;
  const also = rest.length === 0 ? '' : ` (and ${rest.length} more: see fields)`;
  return new HttpError(422, 'invalid_input', `${what}: ${named(first)}${also}`, { fields });
}

function named({ field, message }: FieldProblem = { field: '', message: 'is not right' }): string {
  return message.startsWith('is ') && field !== '' ? `${field} ${message}` : message;
}

/** Whether this error says that nothing was done. After any other, something may have been. */
export function isRefusal(error: unknown): boolean {
  const answer = knownAnswer(error);
  return answer !== undefined && answer.statusCode < 500;
}

/** The answer to a request that ended with this error, and whether nobody foresaw it. */
export function answerTo(error: unknown, requestId: string): { answer: HttpError; unexpected: boolean } {
  const known = knownAnswer(error);
  if (known !== undefined) return { answer: known, unexpected: false };
  const hints = [`the log of the API has it under request ${requestId}`];
  const answer = new HttpError(500, 'internal', 'Something unexpected happened; it is not your fault.', { hints });
  return { answer, unexpected: true };
}

export function documentOf({ code, message, more }: HttpError): ErrorDocument {
  const { hints, fields, holder } = more;
  return {
    error: {
      code,
      message,
      ...(hints === undefined || hints.length === 0 ? {} : { hints }),
      ...(fields === undefined ? {} : { fields }),
      ...(holder === undefined ? {} : { holder }),
    },
  };
}

function knownAnswer(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof InputError) {
    const fields = error.problems.map((problem) => ({ field: problem.file ?? '', message: problemText(problem) }));
    return new HttpError(422, 'invalid_input', error.message, { fields });
  }
  if (error instanceof NotFound) return new HttpError(404, 'not_found', error.message, { hints: error.hints });
  if (error instanceof Stale) return new HttpError(412, 'stale', error.message, { hints: error.hints });
  if (error instanceof Unversioned) return new HttpError(428, 'version_needed', error.message, { hints: error.hints });
  if (error instanceof Refused) {
    const { hints, holder } = error;
    return new HttpError(409, 'refused', error.message, { hints, ...(holder === undefined ? {} : { holder }) });
  }
  if (error instanceof Unreachable) {
    return new HttpError(503, 'unreachable', error.message, { hints: error.check, headers: { 'retry-after': '5' } });
  }
  return ofTheServer(error as { code?: unknown; statusCode?: unknown });
}

const BY_STATUS: Record<number, [code: string, message: string, hint?: string]> = {
  400: ['bad_request', "The request can't be read"],
  404: ['not_found', 'There is nothing here', 'GET /openapi.json lists what there is'],
  408: ['timeout', 'The request took too long to arrive'],
  413: ['too_large', 'The body is larger than this takes'],
  414: ['too_large', 'The address is longer than this takes'],
  415: ['unsupported_media_type', 'The body must be JSON', "send it with the header 'content-type: application/json'"],
  503: ['timeout', 'It took longer than a request may', 'it may go on all the same: ask for its status'],
};

/** What the HTTP server itself has to say, in our words: its own may quote what was sent. */
function ofTheServer({ statusCode }: { code?: unknown; statusCode?: unknown }): HttpError | undefined {
  if (typeof statusCode !== 'number' || statusCode < 400 || (statusCode >= 500 && statusCode !== 503)) return undefined;
  const [code, message, hint] = BY_STATUS[statusCode] ?? BY_STATUS[400]!;
  return new HttpError(statusCode, code, `${message}.`, hint === undefined ? {} : { hints: [hint] });
}
