import { InvalidArgumentError, type Command } from 'commander';
import { parseAddress, type Address } from '../domain/address';
import { InputError } from '../domain/errors';
import { parseDuration } from '../domain/duration';
import type { FreezeEnd } from '../domain/freeze';
import { parseInstant } from '../domain/instant';
import { LIMIT_RULE, parseLimit, parseSize, SIZE_RULE } from '../domain/parse-size';
import { line } from '../schemas/scalars';
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

/** What a scope means, for the verbs about freezes. */
export const SCOPE = "environment/service, or 'environment/*' for all of an environment; without it: everything";

/** An option's value of a reason that must say something. */
export function reasonOption(text: string): string {
  const read = line('write why').safeParse(text);
  if (!read.success) throw new InvalidArgumentError('Write why, in one line of at most 1000 characters.');
  return read.data;
}

/** An option's value of an end: a duration from now on, or a time with its zone that is yet to come. */
export function untilOption(text: string): FreezeEnd {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return { kind: 'after', ms };
  if (ms === 0) throw new InvalidArgumentError('Write a duration above 0s, such as 30m, 2h or 1d.');
  const at = parseInstant(text);
  if (at === undefined) {
    throw new InvalidArgumentError(
      'Write a duration such as 30m, 2h or 1d (365d at most), or a time with its zone such as 2027-01-02T08:00Z or 2027-01-02T09:00+01:00.',
    );
  }
  if (at.getTime() <= Date.now()) throw new InvalidArgumentError('That is in the past.');
  return { kind: 'at', at };
}

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

/** An option's value of an address to listen at. */
export function addressOption(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new InvalidArgumentError('Write host:port, such as 127.0.0.1:9465.');
  return address;
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
