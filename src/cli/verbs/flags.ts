import { eventDocument } from '../../control/documents';
import { flagDocument, toldDocument } from '../../control/flag-documents';
import type { Json } from '../../domain/flags';
import { EXIT } from '../exit';
import { namedFlag, nameArgument, pairOption } from '../flag-options';
import { flagLines, oneFlagLines, toldLines } from '../render/flags';
import { withSession } from '../session';
import { verb, type AddVerb } from '../verb';
import { addFlagChanges } from './flag-changes';

interface Named {
  environment?: string;
  json: boolean;
}

interface EvaluateOptions extends Named {
  user?: string;
  attribute?: Record<string, Json>;
}

export const addFlags: AddVerb = (program, context, done) => {
  const { output } = context;
  const group = program.command('flags').summary('look at feature flags, change them, and ask what a user gets');
  group.description('look at feature flags, change them, and ask what a user gets.');
  group.addHelpText('after', '\nExample:\n  belay flags evaluate new_ui --user ann');

  verb(group, { name: 'list', summary: 'list flags', example: 'belay flags list --environment production' })
    .option('--environment <name>', 'only of this environment', nameArgument)
    .action(async ({ environment, json }: Named) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ flags }) => {
          const rows = await flags.list(environment === undefined ? {} : { environments: [environment] });
          if (json) output.json(rows.map(flagDocument));
          else for (const line of flagLines(rows, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      ),
    );

  verb(group, {
    name: 'show',
    summary: 'show one flag, and who changed it when and why',
    example: 'belay flags show new_ui --environment production',
  })
    .argument('<flag>', 'its key', nameArgument)
    .option('--environment <name>', 'where; needed when several have a flag of that key', nameArgument)
    .action(async (key: string, { environment, json }: Named) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ flags }) => {
          const { flag, events } = await flags.show(await namedFlag(flags, key, environment));
          if (json) output.json({ ...flagDocument(flag), history: events.map(eventDocument) });
          else for (const line of oneFlagLines(flag, events, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      ),
    );

  addFlagChanges(group, context, done);

  verb(group, {
    name: 'evaluate',
    summary: 'tell what a user gets, and why',
    example: 'belay flags evaluate new_ui --user ann --attribute plan=pro --attribute seats=80',
    details: 'An attribute is read as JSON where it is that, else it is a text',
  })
    .argument('<flag>', 'its key', nameArgument)
    .option('--user <key>', "the user's targeting key")
    .option('--attribute <name=value>', 'what is known of the user; may be repeated', pairOption)
    .option('--environment <name>', 'where; needed when several have a flag of that key', nameArgument)
    .action(async (key: string, { environment, user, attribute = {}, json }: EvaluateOptions) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ flags }) => {
          const asked = { ...attribute, ...(user === undefined ? {} : { targetingKey: user }) };
          const told = await flags.evaluate(await namedFlag(flags, key, environment), asked);
          if (json) output.json(toldDocument(told));
          else for (const line of toldLines(told, output.paint)) output.line(line);
          return told.evaluation.ok ? EXIT.SUCCEEDED : EXIT.USAGE;
        }),
      ),
    );
};
