import type { Command } from 'commander';
import type { Asker } from '../../control/control';
import { Stale, type Changed, type FlagName, type FlagRow } from '../../control/flags';
import type { FlagChange, Json } from '../../domain/flags';
import { changeOf, newFlag } from '../../schemas/flag';
import { readFlagFile } from '../../schemas/flag-file';
import type { CliContext, Session } from '../context';
import { EXIT } from '../exit';
import {
  another,
  changedDocument,
  jsonOf,
  namedFlag,
  nameArgument,
  percentOption,
  versionOption,
} from '../flag-options';
import { pathFrom } from '../paths';
import { standingText } from '../render/flags';
import { withSession } from '../session';
import { reasonOption, usage, verb, type AddVerb } from '../verb';

interface Why {
  environment?: string;
  reason?: string;
  json: boolean;
}

interface Parts extends Why {
  description?: string;
  percent?: number;
  defaultVariant?: string;
  offValue?: Json;
  file?: string;
}

interface SetOptions extends Parts {
  addUser?: string[];
  removeUser?: string[];
  ifVersion?: number;
}

const TRIES = 5;
const WHERE = 'where; needed when several have a flag of that key';
const WHY = 'why; kept in the event log';

/** The verbs that change flags. */
export const addFlagChanges: AddVerb = (group, context, done) => {
  parts(
    verb(group, {
      name: 'create',
      summary: 'make a flag; it is off for everyone until it is enabled',
      example:
        'belay flags create new_ui --environment production --percent 10 --enabled\n' +
        'belay flags create button --environment production --file button.json',
      details: 'Variants and rules are written in a file, as `belay flags show --json` prints them',
    }),
  )
    .requiredOption('--environment <name>', 'where', nameArgument)
    .option('--enabled', 'on from the beginning', false)
    .option('--user <key>', 'who is always in; may be repeated', another)
    .action(async (key: string, given: Parts & { environment: string; enabled: boolean; user?: string[] }) => {
      const { environment, enabled, user } = given;
      const { change } = await changeIn(context, given, { environment, key });
      const flag = {
        ...newFlag(environment, key, {}),
        ...defaultsOf(change),
        ...change,
        ...(enabled ? { enabled } : {}),
        ...(user === undefined ? {} : { users: [...new Set(user)] }),
      };
      done(
        await withSession(context, { host: 'always' }, async ({ flags }) => {
          tell(context, given.json, { flag: await flags.create(flag, askerOf(context, given)), unchanged: false });
          return EXIT.SUCCEEDED;
        }),
      );
    });

  parts(
    verb(group, {
      name: 'set',
      summary: 'change parts of a flag; the others stay',
      example:
        'belay flags set new_ui --percent 25 --reason "no errors at 10%"\n' +
        'belay flags set new_ui --add-user ann --remove-user bob\n' +
        'belay flags set new_ui --file new_ui.json',
      details:
        'A file may say the version that was seen, as `belay flags show --json` prints it: ' +
        'refused where somebody changed the flag since',
    }),
  )
    .option('--environment <name>', WHERE, nameArgument)
    .option('--add-user <key>', 'who is always in from now on; may be repeated', another)
    .option('--remove-user <key>', 'who is no longer always in; may be repeated', another)
    .option('--if-version <number>', 'only if it is of this version', versionOption)
    .action(async (key: string, given: SetOptions) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ flags }) => {
          const name = await namedFlag(flags, key, given.environment);
          const { change, version = given.ifVersion } = await changeIn(context, given, name);
          const { addUser = [], removeUser = [] } = given;
          if (addUser.length + removeUser.length === 0 && Object.keys(change).length === 0) {
            throw usage('say what to set: --percent, --description, --add-user, … or --file');
          }
          const asker = { ...askerOf(context, given), ...(version === undefined ? {} : { version }) };
          const settled =
            addUser.length + removeUser.length === 0
              ? await flags.change(name, change, asker)
              : await withUsers(flags, name, { change, addUser, removeUser }, asker);
          tell(context, given.json, settled);
          return EXIT.SUCCEEDED;
        }),
      ),
    );

  for (const enabled of [true, false]) {
    const word = enabled ? 'enable' : 'disable';
    const command = verb(group, {
      name: word,
      summary: enabled ? 'let a flag be on, for as many as it says' : 'turn a flag off for everyone, at once',
      example: `belay flags ${word} new_ui --reason "${enabled ? 'the release is out' : 'it is slow'}"`,
    })
      .argument('<flag>', 'its key', nameArgument)
      .option('--environment <name>', WHERE, nameArgument)
      .option('--reason <text>', WHY, reasonOption);
    if (enabled) command.option('--percent <percent>', 'and for so many', percentOption);
    command.action(async (key: string, given: Why & { percent?: number }) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ flags }) => {
          const name = await namedFlag(flags, key, given.environment);
          const { percent } = given;
          const change = { enabled, ...(percent === undefined ? {} : { percent }) };
          tell(context, given.json, await flags.change(name, change, askerOf(context, given)));
          return EXIT.SUCCEEDED;
        }),
      ),
    );
  }

  verb(group, {
    name: 'delete',
    summary: 'delete a flag; clients are told that there is none',
    example: 'belay flags delete new_ui --reason "it is everywhere"',
  })
    .argument('<flag>', 'its key', nameArgument)
    .option('--environment <name>', WHERE, nameArgument)
    .option('--reason <text>', WHY, reasonOption)
    .option('--if-version <number>', 'only if it is of this version', versionOption)
    .action(async (key: string, given: Why & { ifVersion?: number }) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ flags }) => {
          const name = await namedFlag(flags, key, given.environment);
          const { ifVersion: version } = given;
          await flags.remove(name, { ...askerOf(context, given), ...(version === undefined ? {} : { version }) });
          if (given.json) context.output.json({ ...name, deleted: true });
          else context.output.line(`${key} is no flag of ${name.environment} any more.`);
          return EXIT.SUCCEEDED;
        }),
      ),
    );
};

/** What create and set have in common. */
function parts(command: Command): Command {
  return command
    .argument('<flag>', 'its key', nameArgument)
    .option('--description <text>', 'what it is for')
    .option(
      '--percent <percent>',
      'how many are in, of those that no rule is about; a new flag without it: 100',
      percentOption,
    )
    .option('--default-variant <name>', 'what those get who are in, where no weights say', nameArgument)
    .option('--off-value <value>', "what those get who aren't in, in JSON", jsonOf)
    .option('--file <file>', 'a JSON file with any part of a flag')
    .option('--reason <text>', WHY, reasonOption);
}

/** What the file says, and the options over it. */
async function changeIn(
  { directory }: CliContext,
  { file, description, percent, defaultVariant, offValue }: Parts,
  name: FlagName,
): Promise<{ change: FlagChange; version?: number }> {
  const written = file === undefined ? undefined : await readFlagFile(pathFrom(directory, file), name);
  const options = changeOf({ description, percent, default_variant: defaultVariant, off_value: offValue });
  return { ...written, change: { ...written?.change, ...options } };
}

/** The first variant is the default one, where nobody says otherwise. */
function defaultsOf({ variants }: FlagChange): FlagChange {
  const [first] = variants ?? [];
  return first === undefined ? {} : { defaultVariant: first.name };
}

/** The users as they are now and a few more or less; again where somebody changed the flag in this very moment. */
async function withUsers(
  flags: Session['flags'],
  name: FlagName,
  { change, addUser, removeUser }: { change: FlagChange; addUser: string[]; removeUser: string[] },
  asker: Asker & { version?: number },
): Promise<Changed> {
  for (let tries = 1; ; tries++) {
    const { flag } = await flags.show(name);
    const users = [...new Set([...flag.users, ...addUser])].filter((user) => !removeUser.includes(user));
    try {
      return await flags.change(name, { ...change, users }, { version: flag.version, ...asker });
    } catch (error) {
      if (!(error instanceof Stale) || asker.version !== undefined || tries === TRIES) throw error;
    }
  }
}

function askerOf({ actor }: CliContext, { reason }: Why): Asker {
  return { actor, ...(reason === undefined ? {} : { reason }) };
}

function tell({ output }: CliContext, json: boolean, { flag, unchanged }: { flag: FlagRow; unchanged: boolean }): void {
  if (json) return output.json(changedDocument(flag, unchanged));
  const already = unchanged ? 'already ' : '';
  output.line(`${flag.key} in ${flag.environment} is ${already}${standingText(flag)}.`);
}
