import { parseDeploymentName } from '../../control/name';
import { answerTo } from '../answer';
import { withSession } from '../session';
import { tellIfPaused } from '../tell';
import { collect, DEPLOYMENT, durationOption, reasonOption, verb, type AddVerb } from '../verb';

interface Options {
  instance?: string[];
  reason?: string;
  overrideFreeze?: string;
  wait: boolean;
  waitTimeout?: number;
  json: boolean;
}

export const addRetry: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'retry',
    summary: 'try failed instances again',
    example: 'belay retry production/web --instance web-03',
    details: 'Without --instance: every failed one. Of a deployment that has ended, a new deployment of those starts',
  })
    .argument('<deployment>', DEPLOYMENT)
    .option('--instance <names...>', 'only these', collect)
    .option('--reason <text>', 'why; kept in the history')
    .option('--override-freeze <reason>', 'begin a new deployment where it is frozen, and record why', reasonOption)
    .option('--no-wait', 'do not wait for the end of a new deployment')
    .option('--wait-timeout <duration>', 'wait no longer than this', durationOption)
    .action(async (text: string, { instance = [], reason, overrideFreeze, ...options }: Options) => {
      const name = parseDeploymentName(text);
      const asker = {
        actor: context.actor,
        ...(reason === undefined ? {} : { reason }),
        ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
      };
      done(
        await withSession(context, { host: 'always' }, async (session) => {
          const answer = await session.control.retry(name, { ...asker, instances: instance });
          const exit = await answerTo(context, session, answer, { ...options, waitForMessage: false });
          if (answer.kind === 'delivered') await tellIfPaused(context, session.control, answer.delivered);
          return exit;
        }),
      );
    });
};
