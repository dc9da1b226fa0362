import type { Control, Delivered } from '../control/control';
import { parseDeploymentName } from '../control/name';
import type { CliContext } from './context';

/** Says that a message was taken: as the run's result, or on the way to it. */
export function tell({ output }: CliContext, delivered: Delivered, json: boolean, result: boolean): void {
  if (json && result) output.json(delivered);
  const text = delivered.notice ?? `${delivered.deployment}: ${delivered.message} accepted`;
  if (json || !result) output.say(text);
  else output.line(text);
}

/** Says that a paused deployment stays so: whoever retries or skips may think that it goes on now. */
export async function tellIfPaused({ output }: CliContext, control: Control, delivered: Delivered): Promise<void> {
  if (delivered.delivered !== 'update') return;
  const { deployment } = delivered;
  // The message was taken: not knowing how it stands is no failure.
  const standing = await control.status(parseDeploymentName(deployment)).catch(() => undefined);
  if (standing?.document.status === 'paused') {
    output.say(`${deployment} stays paused until \`belay resume ${deployment}\``);
  }
}

/** Who sends a message, and why. */
export function askedBy({ actor }: CliContext, reason: string | undefined): { by: string; reason?: string } {
  return { by: actor, ...(reason === undefined ? {} : { reason }) };
}
