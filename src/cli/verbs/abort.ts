import { parseDeploymentName } from '../../control/name';
import { answerTo } from '../answer';
import { withSession } from '../session';
import { askedBy } from '../tell';
import { DEPLOYMENT, durationOption, verb, type AddVerb } from '../verb';

interface Options {
  reason?: string;
  wait: boolean;
  waitTimeout?: number;
  json: boolean;
}

export const addAbort: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'abort',
    summary: 'stop a deployment and leave instances as they are',
    example: 'belay abort production/web --reason "wrong release"',
    details:
      'Changes in flight are cancelled and awaited; nothing goes back (in other tools an abort may: here that is `belay rollback`). ' +
      'It prints the mixed state and the command that undoes it',
  })
    .argument('<deployment>', DEPLOYMENT)
    .option('--reason <text>', 'why; kept in the history')
    .option('--no-wait', 'do not wait until it has stopped')
    .option('--wait-timeout <duration>', 'wait no longer than this', durationOption)
    .action(async (text: string, { reason, wait, waitTimeout, json }: Options) => {
      const name = parseDeploymentName(text);
      done(
        await withSession(context, { host: 'always' }, async (session) => {
          const delivered = await session.control.message(name, 'abort', askedBy(context, reason));
          const waiting = { json, wait, ...(waitTimeout === undefined ? {} : { waitTimeout }) };
          const answer = { kind: 'delivered' as const, delivered };
          return answerTo(context, session, answer, { ...waiting, waitForMessage: true, wanted: 'aborted' });
        }),
      );
    });
};
