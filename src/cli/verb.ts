import { InvalidArgumentError, type Command } from 'commander';
import { InputError } from '../domain/errors';
import { parseDuration } from '../domain/duration';
import { LIMIT_RULE, parseLimit, parseSize, SIZE_RULE } from '../domain/parse-size';
import type { CliContext } from './context';
import type { Exit } from './exit';

/** What a verb's file adds to the program: it hands the exit status of its run to `done`. */
export type AddVerb = (program: Command, context: CliContext, done: (exit: Exit) => void) => void;

/** How a verb is introduced, and an example that can be copied. */
export interface Introduction {
  name: string;
  summary: string;
  example: string;
  details?: string;
}

/** A subcommand with a summary, an example in its help, and --json. */
export function verb(program: Command, { name, summary, example, details }: Introduction): Command {
  return program
    .command(name)
    .summary(summary)
    .description(details === undefined ? `${summary}.` : `${summary}. ${details}`)
    .addHelpText(
      'after',
      `\nExample:\n${example
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n')}`,
    )
    .option('--json', 'print one JSON document on stdout and nothing else there', false);
}

/** What DEPLOYMENT means, for every verb that takes one. */
export const DEPLOYMENT = 'environment/service (the one in flight, or the latest) or environment/service/generation';

/** An option's value of a duration, such as 30s. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Write a duration such as 30s, 5m or 1h30m.');
  return ms;
}

/** An option's value of a generation. */
export function generationOption(text: string): number {
  if (!/^[1-9][0-9]{0,15}$/.test(text)) throw new InvalidArgumentError('A generation is a whole number from 1 on.');
  return Number(text);
}

/** An option's value of a whole number from 1 on. */
export function countOption(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return Number(text);
}

/** A size as it goes into a message: checked here, so that a slip costs no server. */
export function sizeOption(text: string): number | string {
  if (parseSize(text) === undefined) throw new InvalidArgumentError(`${capital(SIZE_RULE)}.`);
  return plain(text);
}

/** A limit of failures as it goes into a message. */
export function limitOption(text: string): number | string {
  if (parseLimit(text) === undefined) throw new InvalidArgumentError(`${capital(LIMIT_RULE)}.`);
  return plain(text);
}

/** Adds a value to those given so far: the option may be repeated, and takes several values at once. */
export function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...text.split(',').filter((name) => name !== '')];
}

/** Bad input about options, in the words of all bad input. */
export function usage(message: string): InputError {
  return new InputError({ message });
}

function plain(text: string): number | string {
  return text.endsWith('%') ? text : Number(text);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
