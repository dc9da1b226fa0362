import { showDocument } from '../../control/documents';
import { parseDeploymentName } from '../../control/name';
import { EXIT } from '../exit';
import { pathFrom } from '../paths';
import { chartOf, chartSvg } from '../render/chart';
import { showLines } from '../render/show';
import { withSession } from '../session';
import { writeFileFor } from '../write-file';
import { DEPLOYMENT, verb, type AddVerb } from '../verb';

export const addShow: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'show',
    summary: 'show everything about a deployment: its instances, what happened, and what was measured',
    example: 'belay show production/web/12\nbelay show production/web/12 --chart web-12.svg',
  })
    .argument('<deployment>', DEPLOYMENT)
    .option('--chart <file>', 'draw its share of the requests and what was measured over time, as SVG')
    .action(async (text: string, { json, chart }: { json: boolean; chart?: string }) => {
      const name = parseDeploymentName(text);
      const { output, directory } = context;
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          const details = await control.show(name);
          if (chart !== undefined) await writeFileFor(pathFrom(directory, chart), chartSvg(chartOf(details)));
          if (json) output.json(showDocument(details));
          else for (const line of showLines(details, output.paint)) output.line(line);
          if (chart !== undefined) output.say(`Wrote ${chart}.`);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};
