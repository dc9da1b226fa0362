import { freezeDocument } from '../../control/documents';
import { parseFreezeScope } from '../../control/freeze-scope';
import { freezeText, scopeText, unfreezeCommand } from '../../domain/freeze';
import { EXIT } from '../exit';
import { withSession } from '../session';
import { reasonOption, SCOPE, verb, type AddVerb } from '../verb';

export const addUnfreeze: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'unfreeze',
    summary: 'lift a freeze before its time',
    example:
      'belay unfreeze production/web --reason "the audit is over"\nbelay unfreeze \'production/*\'\nbelay unfreeze',
    details: 'It lifts the freeze of this very scope; others that bind it, too, are named. `belay status` lists them',
  })
    .argument('[scope]', SCOPE)
    .option('--reason <text>', 'why; kept in the history', reasonOption)
    .action(async (text: string | undefined, { reason, json }: { reason?: string; json: boolean }) => {
      const scope = parseFreezeScope(text);
      const { output, actor } = context;
      done(
        await withSession(context, { host: 'always' }, async ({ control }) => {
          const asker = { actor, ...(reason === undefined ? {} : { reason }) };
          const { freeze, still } = await control.unfreeze(scope, asker);
          if (json) output.json({ ...freezeDocument(freeze), still_frozen: still.map(freezeDocument) });
          else output.line(`The freeze of ${scopeText(scope)} is lifted (${freezeText(freeze)}).`);
          for (const each of still)
            output.say(`Still frozen: ${freezeText(each)}; \`${unfreezeCommand(each.scope)}\` lifts it`);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};
