import type { Answer, Control, Started } from '../control/control';
import { parseDeploymentName } from '../control/name';
import type { Status } from '../domain';
import type { CliContext, Session } from './context';
import { deployDocument } from '../control/documents';
import { EXIT, type Exit } from './exit';
import { tell } from './tell';
import { waitFor } from './wait';

export interface AnswerOptions {
  json: boolean;
  wait: boolean;
  waitTimeout?: number;
  /** Whether a message is to be waited for, too, and not only a deployment of its own. */
  waitForMessage: boolean;
  /** The status that counts as success. */
  wanted?: Status;
}

/** Goes on from what a verb brought about: a message that was taken, a deployment that began, or nothing. */
export async function answerTo(
  context: CliContext,
  session: Session,
  answer: Answer,
  options: AnswerOptions,
): Promise<Exit> {
  const { json, wait, waitTimeout, waitForMessage, wanted } = options;
  const waitOptions = {
    json,
    ...(waitTimeout === undefined ? {} : { timeoutMs: waitTimeout }),
    ...(wanted === undefined ? {} : { wanted }),
  };
  switch (answer.kind) {
    case 'nothing':
      if (json) context.output.json({ nothing_to_do: answer.reason });
      else context.output.line(answer.reason);
      return EXIT.SUCCEEDED;
    case 'delivered': {
      const waits = wait && waitForMessage && answer.delivered.delivered === 'update';
      tell(context, answer.delivered, json, !waits);
      return waits ? waitFor(context, session, answer.delivered.deployment, waitOptions) : EXIT.SUCCEEDED;
    }
    case 'started': {
      const { started, notices = [] } = answer;
      for (const notice of [...notices, ...(await outOfReach(session.control, started))]) context.output.say(notice);
      if (wait) return waitFor(context, session, started.id, waitOptions);
      if (json) context.output.json(await asItStands(session.control, started));
      else context.output.line(`${started.id} began; follow it with \`belay watch ${started.id}\``);
      return EXIT.SUCCEEDED;
    }
  }
}

const OUT_OF_REACH: Record<string, string> = {
  unreachable_excluded: "can't be reached, and left out:",
  unreachable_included: "can't be reached, and tried all the same:",
};

/** Names those that couldn't be reached, and says what becomes of them; it has begun, so not knowing is no failure. */
async function outOfReach(control: Control, { id, generation }: Started): Promise<string[]> {
  try {
    const events = (await control.events(parseDeploymentName(id))).filter((event) => event.generation === generation);
    return events.flatMap(({ type, reason = '' }) => {
      const what = OUT_OF_REACH[type];
      return what === undefined ? [] : [`${what}\n${reason}`];
    });
  } catch {
    return [];
  }
}

/** What `deploy --json` prints, a moment after it began; only its names when nobody can tell more. */
async function asItStands(control: Control, started: Started): Promise<unknown> {
  const name = parseDeploymentName(started.id);
  try {
    const [standing, instances] = await Promise.all([control.status(name), control.instances(name)]);
    return await deployDocument(control, standing, instances);
  } catch {
    return started;
  }
}
