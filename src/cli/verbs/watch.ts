import { parseDeploymentName } from '../../control/name';
import { withSession } from '../session';
import { DEPLOYMENT, durationOption, verb, type AddVerb } from '../verb';
import { waitFor } from '../wait';

export const addWatch: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'watch',
    summary: 'follow a deployment until it ends',
    example: 'belay watch production/web',
    details:
      'Ctrl-C detaches and changes nothing. The exit status is that of the deployment, 6 when the wait is over first',
  })
    .argument('<deployment>', DEPLOYMENT)
    .option('--wait-timeout <duration>', 'wait no longer than this', durationOption)
    .action(async (text: string, { json, waitTimeout }: { json: boolean; waitTimeout?: number }) => {
      const name = parseDeploymentName(text);
      done(
        await withSession(context, { host: 'always' }, async (session) => {
          const { document } = await session.control.status(name);
          const timeout = waitTimeout === undefined ? {} : { timeoutMs: waitTimeout };
          return waitFor(context, session, document.id, { json, stay: true, ...timeout });
        }),
      );
    });
};
