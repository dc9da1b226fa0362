import type { Control } from '../../control/control';
import { Refused } from '../../control/errors';
import { deploymentNameText, parseDeploymentName, type DeploymentName } from '../../control/name';
import { EXIT } from '../exit';
import { attemptDocument, hookRunDocument } from '../../control/documents';
import { logLines } from '../render/logs';
import { withSession } from '../session';
import { DEPLOYMENT, verb, type AddVerb } from '../verb';

export const addLogs: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'logs',
    summary: 'print what each attempt and each hook of a deployment printed (the last 8 KiB of it)',
    example: 'belay logs production/web/12 web-03',
  })
    .argument('<deployment>', DEPLOYMENT)
    .argument('[instance]', 'only this instance, and no hooks')
    .action(async (text: string, instance: string | undefined, { json }: { json: boolean }) => {
      const name = parseDeploymentName(text);
      const { output } = context;
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          const [rows, hooks] = await Promise.all([
            control.logs(name, instance),
            // They are of no instance.
            instance === undefined ? control.hookRuns(name) : [],
          ]);
          if (instance !== undefined && rows.length === 0) await refuseUnknown(control, name, instance);
          if (json) output.json([...rows.map(attemptDocument), ...hooks.map(hookRunDocument)]);
          else for (const line of logLines(rows, output.paint, hooks)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};

const MOST_NAMED = 5;

/** That nothing was printed isn't said of an instance that isn't there. */
async function refuseUnknown(control: Control, name: DeploymentName, instance: string): Promise<void> {
  const names = (await control.instances(name)).map(({ instance_id }) => instance_id);
  if (names.includes(instance)) return;
  const more = names.length - MOST_NAMED;
  throw new Refused(`${deploymentNameText(name)} has no instance ${instance}`, [
    `it has ${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ]);
}
