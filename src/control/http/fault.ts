import { InputError } from '../../domain/errors';
import { NotFound, Refused, Unreachable } from '../errors';
import { Stale, Unversioned } from '../flags';
import type { Exchanged, NoAnswer } from './exchange';
import { Shape, text } from './shape';

const LOOK = 'is BELAY_API_URL right, and does `belay api` run there?';

/** Why an API gave no answer, for a person. */
export function unreachable(url: string, { why, hint }: NoAnswer): Unreachable {
  return new Unreachable(`The API at ${url} can't be reached: ${why}`, hint === undefined ? [LOOK] : [hint]);
}

/** Something answers there, and it is no Belay API. */
export function noApi(url: string, { status, headers }: Exchanged): Unreachable {
  if (status >= 300 && status < 400) {
    const where = targetOf(url, headers.location);
    const to = where === undefined ? 'elsewhere' : `to ${where}`;
    return new Unreachable(`${url} sends everybody on ${to}: that is no Belay API`, [
      'set BELAY_API_URL to where the API itself is; the token is sent nowhere else',
    ]);
  }
  return new Unreachable(`What answers at ${url} (with status ${status}) is no Belay API`, [LOOK]);
}

/** Where it points, without a query, which may hold anything. */
function targetOf(url: string, location: string | undefined): string | undefined {
  if (location === undefined || !URL.canParse(location, url)) return undefined;
  const { origin, pathname } = new URL(location, url);
  return `${origin}${pathname}`;
}

/** What an answer that is no success means to the command line, in the API's words. */
export function faultOf(url: string, answer: Exchanged): Error {
  const told = wordsOf(answer);
  if (told === undefined) return noApi(url, answer);
  const { code, message, hints, fields, holder } = told;
  switch (answer.status) {
    case 401:
      return new Refused(`the API at ${url} takes no such token: ${message}`, [
        'BELAY_API_TOKEN is to hold one that is in force',
        ...hints,
      ]);
    case 403:
      return new Refused(message, hints);
    case 404:
      return new NotFound(message, hints);
    case 409:
      return new Refused(message, hints, holder);
    case 412:
      return new Stale(message, hints);
    case 428:
      return new Unversioned(message, hints);
    case 429:
      return new Unreachable(`The API at ${url} has had enough for now: ${message}`, hints);
    case 502:
    case 503:
    case 504:
      return new Unreachable(
        message,
        hints.map((hint) => `where the API runs: ${hint}`),
      );
  }
  if (answer.status < 500) {
    return new InputError(fields.length === 0 ? message : fields.map((each) => ({ message: each })));
  }
  return new Error([`the API at ${url} failed (${code}): ${message}`, ...hints].join('\n  '));
}

interface Words {
  code: string;
  message: string;
  hints: string[];
  fields: string[];
  holder?: string;
}

function wordsOf({ text: body }: Exchanged): Words | undefined {
  try {
    const error = new Shape(JSON.parse(body)).of('error');
    const { hints = [] } = error.optional('hints', 'hints', (shape, key) => shape.texts(key));
    const { fields = [] } = error.optional('fields', 'fields', (shape, key) => shape.list(key));
    return {
      code: error.text('code'),
      message: error.text('message'),
      hints,
      fields: fields.map((each) => each.text('message')),
      ...error.optional('holder', 'holder', text),
    };
  } catch {
    return undefined;
  }
}
