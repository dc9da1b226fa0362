import { parseDeploymentName } from '../../control/name';
import { EXIT } from '../exit';
import { attemptDocument, logLines } from '../render/logs';
import { withSession } from '../session';
import { DEPLOYMENT, verb, type AddVerb } from '../verb';

export const addLogs: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'logs',
    summary: 'print what each attempt of a deployment printed (the last 8 KiB of it)',
    example: 'belay logs production/web/12 web-03',
  })
    .argument('<deployment>', DEPLOYMENT)
    .argument('[instance]', 'only this instance')
    .action(async (text: string, instance: string | undefined, { json }: { json: boolean }) => {
      const name = parseDeploymentName(text);
      const { output } = context;
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          const rows = await control.logs(name, instance);
          if (json) output.json(rows.map(attemptDocument));
          else for (const line of logLines(rows, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};
