import { Refused, Unreachable } from '../../control/errors';
import { InputError } from '../../domain/errors';
import { EXIT, type Exit } from '../exit';

/** What a person reads about an error: what happened and what to do; a stack trace only when asked for. */
export function errorLines(error: unknown, debug: boolean): string[] {
  if (error instanceof InputError) return error.message.split('\n').map((line) => `error: ${line}`);
  if (error instanceof Refused) return [`refused: ${error.message}`, ...error.hints.map(indented)];
  if (error instanceof Unreachable) return [`error: ${error.message}`, ...error.check.map(indented)];
  const message = error instanceof Error ? error.message : String(error);
  if (debug) return [`error: ${message}`, ...detailLines(error)];
  return [
    `error: something unexpected happened: ${message}`,
    '  set BELAY_DEBUG=1 and run it again for all the details',
  ];
}

function detailLines(error: unknown): string[] {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  return lines;
}

function indented(line: string): string {
  return `  ${line}`;
}

/** An error as the one JSON document of its run. */
export function errorDocument(error: unknown, exit: Exit): unknown {
  const message = error instanceof Error ? error.message : String(error);
  const more =
    error instanceof Refused
      ? { hints: error.hints, ...(error.holder === undefined ? {} : { holder: error.holder }) }
      : error instanceof Unreachable
        ? { hints: error.check }
        : error instanceof InputError
          ? { problems: error.problems }
          : {};
  return { error: { kind: kindOf(exit), message, ...more }, exit_code: exit };
}

function kindOf(exit: Exit): string {
  switch (exit) {
    case EXIT.USAGE:
      return 'invalid_input';
    case EXIT.REFUSED:
      return 'refused';
    case EXIT.UNREACHABLE:
      return 'unreachable';
    case EXIT.SUCCEEDED:
    case EXIT.FAILED:
    case EXIT.ROLLED_BACK:
    case EXIT.STILL_GOING:
    case EXIT.INTERRUPTED:
      return 'unexpected';
  }
}
