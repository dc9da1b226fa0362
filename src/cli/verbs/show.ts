import { parseDeploymentName } from '../../control/name';
import { eventDocument, namesByState, statusDocument } from '../../control/documents';
import { EXIT } from '../exit';
import { showLines } from '../render/show';
import { withSession } from '../session';
import { DEPLOYMENT, verb, type AddVerb } from '../verb';

export const addShow: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'show',
    summary: 'show everything about a deployment: its instances, and what happened',
    example: 'belay show production/web/12',
  })
    .argument('<deployment>', DEPLOYMENT)
    .action(async (text: string, { json }: { json: boolean }) => {
      const name = parseDeploymentName(text);
      const { output } = context;
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          const details = await control.show(name);
          const { standing, instances, events } = details;
          if (json) {
            const lists = namesByState(instances);
            output.json({ ...statusDocument(standing), names: lists, instances, history: events.map(eventDocument) });
          } else for (const line of showLines(details, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};
