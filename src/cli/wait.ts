import type { Control } from '../control/control';
import { parseDeploymentName } from '../control/name';
import type { Status } from '../domain';
import type { CliContext, Session } from './context';
import { deployDocument } from '../control/documents';
import { EXIT, exitOfStatus, exitOfWanted, type Exit } from './exit';
import { follow, type Followed } from './follow';
import type { Output } from './output';
import { comeBackLine, summaryLines } from './render/summary';
import { createView } from './view';

export interface WaitOptions {
  json: boolean;
  timeoutMs?: number;
  /** The status that the verb asked for: it counts as success. */
  wanted?: Status;
  /** Stay with it while it waits for a person, too. */
  stay?: boolean;
}

/** Shows a deployment until it ends or the wait does, then says how it stands. */
export async function waitFor(context: CliContext, session: Session, id: string, options: WaitOptions): Promise<Exit> {
  const output = options.json ? context.output.forJson() : context.output;
  const followed = await context.interrupts.during((interrupted) =>
    follow(session.control, parseDeploymentName(id), {
      view: createView(output),
      interrupted,
      // Whoever hosts the stack at a terminal stays: the person's answer needs it.
      leaveHeld: options.stay !== true && !(session.hosted && output.live),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(session.pollMs === undefined ? {} : { pollMs: session.pollMs }),
    }),
  );
  await report(session.control, id, followed, options, output);
  return exitOf(followed, options.wanted);
}

async function report(
  control: Control,
  id: string,
  followed: Followed,
  { json, wanted }: WaitOptions,
  output: Output,
): Promise<void> {
  const { end, standing } = followed;
  if (end === 'interrupted') output.say(`Detached: ${id} goes on; ${comeBackLine(id)}`);
  if (standing === undefined) return;
  if (end === 'over') output.say(`The wait is over, and ${id} goes on (${standing.document.status}).`);
  const ended = end === 'ended';
  if (ended || json) {
    const instances = await control.instances(parseDeploymentName(id));
    if (ended) for (const line of summaryLines(standing.document, instances, output.paint)) output.line(line);
    if (json) output.json(await deployDocument(control, standing, instances, wanted));
  }
  if (end === 'held' || end === 'over') output.line(comeBackLine(id));
}

function exitOf({ end, standing }: Followed, wanted: Status | undefined): Exit {
  switch (end) {
    case 'interrupted':
      return EXIT.INTERRUPTED;
    case 'held':
    case 'over':
      return EXIT.STILL_GOING;
    case 'ended':
      if (standing === undefined) return EXIT.FAILED;
      return wanted === undefined
        ? exitOfStatus(standing.document.status)
        : exitOfWanted(standing.document.status, wanted);
  }
}
