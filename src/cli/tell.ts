import type { Delivered } from '../control/control';
import type { CliContext } from './context';

/** Says that a message was taken. */
export function tell({ output }: CliContext, delivered: Delivered, json: boolean): void {
  if (json) output.json(delivered);
  if (delivered.notice !== undefined) output.say(delivered.notice);
  else output.say(`${delivered.deployment}: ${delivered.message} accepted`);
}

/** Who sends a message, and why. */
export function askedBy({ actor }: CliContext, reason: string | undefined): { by: string; reason?: string } {
  return { by: actor, ...(reason === undefined ? {} : { reason }) };
}
