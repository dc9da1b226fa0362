import { parseDeploymentName } from '../../control/name';
import { SIMULATED } from '../../domain';
import { overviewDocument, statusDocument } from '../../control/documents';
import { EXIT } from '../exit';
import { overviewLines } from '../render/overview';
import { awaitingLine, barText, extentOf, extentText, titleText, whatText } from '../render/progress';
import { statusText, timeText } from '../render/words';
import { withSession } from '../session';
import { DEPLOYMENT, verb, type AddVerb } from '../verb';
import type { Standing } from '../../control/control';
import type { Paint } from '../output';

export const addStatus: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'status',
    summary: 'say where a deployment stands, or what runs where',
    example: 'belay status\nbelay status production/web --json',
    details:
      'Without a name: service, environment and release, since when, by whom, mixed or not, what is in flight, and what is frozen',
  })
    .argument('[deployment]', DEPLOYMENT)
    .action(async (text: string | undefined, { json }: { json: boolean }) => {
      const name = text === undefined ? undefined : parseDeploymentName(text);
      const { output } = context;
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          if (name === undefined) {
            const overview = await control.overview();
            if (json) output.json(overviewDocument(overview));
            else for (const line of overviewLines(overview, output.paint)) output.line(line);
            return EXIT.SUCCEEDED;
          }
          const standing = await control.status(name);
          if (json) output.json(statusDocument(standing));
          else for (const line of statusLines(standing, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};

/** Where one deployment stands, in a few lines. */
export function statusLines({ document, notice }: Pick<Standing, 'document' | 'notice'>, paint: Paint): string[] {
  const extent = extentOf(document);
  const awaiting = awaitingLine(document);
  return [
    paint.bold(titleText(document)),
    `${barText(extent)} ${extentText(document)}  ${statusText(document.status, paint)}  ${document.step.summary}`,
    whatText(document),
    ...(document.simulated === true ? [paint.yellow(SIMULATED)] : []),
    `started ${timeText(document.started_at)} by ${document.actor}${document.note === null ? '' : `: ${document.note}`}`,
    ...(document.ended_at === null ? [] : [`ended ${timeText(document.ended_at)}`]),
    ...(document.reason === null ? [] : [`why: ${document.reason}`]),
    ...document.failures.map(({ instance, reason }) => paint.red(`✗ ${instance}: ${reason}`)),
    ...(awaiting === undefined ? [] : [awaiting]),
    ...(notice === undefined ? [] : [paint.yellow(notice)]),
    ...(document.links.web_ui === null ? [] : [paint.dim(document.links.web_ui)]),
  ];
}
