import type { DeploymentFilter } from '../../control/control';
import { freezeDocument, instanceHistoryDocument } from '../../control/documents';
import { EXIT } from '../exit';
import { freezeLines } from '../render/freezes';
import { historyLines, instanceHistoryLines } from '../render/history';
import { withSession } from '../session';
import { countOption, usage, verb, type AddVerb } from '../verb';

interface Options {
  service?: string;
  environment?: string;
  instance?: string;
  freezes: boolean;
  limit: number;
  json: boolean;
}

export const addHistory: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'history',
    summary: 'list deployments, what ran on one instance, or freezes',
    example:
      'belay history --service web --environment production\nbelay history --instance web-03\nbelay history --freezes',
  })
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .option('--instance <name>', 'what ran on this instance, since when, brought by whom')
    .option('--freezes', 'when what was frozen, by whom, why, and what ended it', false)
    .option('--limit <count>', 'at most so many, the newest first', countOption, 50)
    .action(async ({ service, environment, instance, freezes, limit, json }: Options) => {
      if (freezes && instance !== undefined) throw usage('--freezes and --instance list different things: keep one');
      const { output } = context;
      const where: DeploymentFilter = {
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
      };
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          if (freezes) {
            const rows = await control.freezes({ ...where, limit });
            if (json) output.json(rows.map(freezeDocument));
            else for (const line of freezeLines(rows, output.paint)) output.line(line);
            return EXIT.SUCCEEDED;
          }
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
