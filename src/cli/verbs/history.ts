import type { DeploymentFilter } from '../../control/control';
import { EXIT } from '../exit';
import { historyLines, instanceHistoryDocument, instanceHistoryLines } from '../render/history';
import { withSession } from '../session';
import { countOption, verb, type AddVerb } from '../verb';

interface Options {
  service?: string;
  environment?: string;
  instance?: string;
  limit: number;
  json: boolean;
}

export const addHistory: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'history',
    summary: 'list deployments, or what ran on one instance',
    example: 'belay history --service web --environment production\nbelay history --instance web-03',
  })
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .option('--instance <name>', 'what ran on this instance, since when, brought by whom')
    .option('--limit <count>', 'at most so many, the newest first', countOption, 50)
    .action(async ({ service, environment, instance, limit, json }: Options) => {
      const { output } = context;
      const where: DeploymentFilter = {
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
      };
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          if (instance !== undefined) {
            const rows = (await control.instanceHistory({ ...where, instance })).slice(0, limit);
            if (json) output.json(rows.map(instanceHistoryDocument));
            else for (const line of instanceHistoryLines(rows, instance, output.paint)) output.line(line);
            return EXIT.SUCCEEDED;
          }
          const rows = await control.history({ ...where, limit });
          if (json) output.json(rows.map((row) => row.document));
          else for (const line of historyLines(rows, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};
