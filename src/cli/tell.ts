import type { Delivered } from '../control/control';
import type { CliContext } from './context';

/** Says that a message was taken: as the run's result, or on the way to it. */
export function tell({ output }: CliContext, delivered: Delivered, json: boolean, result: boolean): void {
  if (json && result) output.json(delivered);
  const text = delivered.notice ?? `${delivered.deployment}: ${delivered.message} accepted`;
  if (json || !result) output.say(text);
  else output.line(text);
}

/** Who sends a message, and why. */
export function askedBy({ actor }: CliContext, reason: string | undefined): { by: string; reason?: string } {
  return { by: actor, ...(reason === undefined ? {} : { reason }) };
}
