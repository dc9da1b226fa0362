import { parseFreezeScope } from '../../control/freeze-scope';
import type { Frozen } from '../../control/control';
import { frozenDocument } from '../../control/documents';
import { scopeText, unfreezeCommand, untilText, type FreezeEnd } from '../../domain/freeze';
import { EXIT } from '../exit';
import { withSession } from '../session';
import { reasonOption, SCOPE, untilOption, verb, type AddVerb } from '../verb';

interface Options {
  reason: string;
  until?: FreezeEnd;
  replace: boolean;
  json: boolean;
}

export const addFreeze: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'freeze',
    summary: 'refuse new deployments for a while',
    example:
      'belay freeze production/web --reason "audit" --until 2h\n' +
      'belay freeze \'production/*\' --reason "holidays" --until 2027-01-02T08:00+01:00\n' +
      'belay freeze --reason "the network is being rebuilt"',
    details:
      'What is in flight waits before its next batch, and rollbacks are never refused. ' +
      'A deployment that has to be goes through with `deploy --override-freeze "why"`',
  })
    .argument('[scope]', SCOPE)
    .requiredOption('--reason <text>', 'why; shown to whoever is refused', reasonOption)
    .option(
      '--until <when>',
      'a duration such as 2h, or a time such as 2027-01-02T08:00Z (default: lifted)',
      untilOption,
    )
    .option('--replace', 'in place of the freeze that is in force there', false)
    .action(async (text: string | undefined, { json, ...options }: Options) => {
      const scope = parseFreezeScope(text);
      const { output } = context;
      done(
        await withSession(context, { host: 'always' }, async ({ control }) => {
          const frozen = await control.freeze({ scope, by: context.actor, ...options });
          if (json) output.json(frozenDocument(frozen));
          else for (const line of frozenLines(frozen)) output.line(line);
          for (const notice of frozen.notices) output.say(notice);
          return EXIT.SUCCEEDED;
        }),
      );
    });
};

function frozenLines({ freeze, replaced, already, in_flight }: Frozen): string[] {
  const { scope, reason } = freeze;
  const was = replaced === undefined ? '' : `, in place of the freeze by ${replaced.by} (${replaced.reason})`;
  const held = in_flight.map((id) => `  ${id}`);
  return [
    `${scopeText(scope)} is frozen ${already ? 'already ' : ''}${untilText(freeze)}: ${reason}${was}`,
    'New deployments and retries of ended ones are refused there; rollbacks are not.',
    ...(held.length === 0
      ? ['Nothing is in flight there.']
      : ['In flight, and held before their next batch:', ...held]),
    `\`${unfreezeCommand(scope)}\` lifts it.`,
  ];
}
