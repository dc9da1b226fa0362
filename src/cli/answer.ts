import type { Answer } from '../control/control';
import type { Status } from '../domain';
import type { CliContext, Session } from './context';
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
      for (const notice of notices) context.output.say(notice);
      if (wait) return waitFor(context, session, started.id, waitOptions);
      if (json) context.output.json(started);
      else context.output.line(`${started.id} began; follow it with \`belay watch ${started.id}\``);
      return EXIT.SUCCEEDED;
    }
  }
}
