import { tokenDocument } from '../../control/token-documents';
import type { TokenRole, TokenRow } from '../../control/tokens';
import { isName, NAME_RULE } from '../../domain/names';
import type { Paint } from '../output';
import { EXIT } from '../exit';
import { tableLines } from '../render/table';
import { timeText } from '../render/words';
import { withSession } from '../session';
import { collect, untilOption, usage, verb, type AddVerb } from '../verb';
import { InvalidArgumentError } from 'commander';
import type { FreezeEnd } from '../../domain/freeze';

const ROLES: TokenRole[] = ['viewer', 'operator', 'admin', 'agent', 'evaluator'];

interface CreateOptions {
  role: TokenRole;
  environment?: string[];
  service?: string[];
  expires?: FreezeEnd;
  json: boolean;
}

export const addToken: AddVerb = (program, context, done) => {
  const { output, actor } = context;
  const group = program.command('token').summary('make, list and revoke the tokens of the API');
  group.description('make, list and revoke the tokens of the API.');
  group.addHelpText('after', '\nExample:\n  belay token create ci --role operator --environment staging');

  verb(group, {
    name: 'create',
    summary: 'make a token; its secret is printed here and never again',
    example:
      'belay token create ci --role operator --environment staging --expires 90d\nbelay token create rack-7 --role agent\nbelay token create shop --role evaluator --environment production',
    details:
      'viewer: look. operator: deploy and steer. admin: also change the inventory. agent: register instances, nothing else. evaluator: ask what users get of feature flags, nothing else',
  })
    .argument('<name>', 'who it is for; the event log names it', nameArgument)
    .requiredOption('--role <role>', ROLES.join(', '), roleOption)
    .option('--environment <names...>', 'only for these environments (default: all)', collect)
    .option('--service <names...>', 'only for these services (default: all)', collect)
    .option('--expires <when>', 'a duration such as 90d, or a time with its zone (default: never)', untilOption)
    .action(async (name: string, { json, expires, environment, service, role }: CreateOptions) => {
      for (const each of [...(environment ?? []), ...(service ?? [])]) {
        if (!isName(each)) throw usage(`"${each}" is not a name of an environment or a service: ${NAME_RULE}`);
      }
      const expiresAt = expires && (expires.kind === 'at' ? expires.at : new Date(Date.now() + expires.ms));
      done(
        await withSession(context, { host: 'always' }, async ({ tokens }) => {
          const { token, secret } = await tokens.create({
            name,
            role,
            by: actor,
            ...(environment === undefined ? {} : { environments: environment }),
            ...(service === undefined ? {} : { services: service }),
            ...(expiresAt === undefined ? {} : { expiresAt }),
          });
          if (json) output.json({ ...tokenDocument(token), secret });
          else {
            output.say(`The token ${name} (${role}) is made. Keep it now: it is not shown again.`);
            output.line(secret);
          }
          return EXIT.SUCCEEDED;
        }),
      );
    });

  verb(group, { name: 'list', summary: 'list the tokens, without their secrets', example: 'belay token list' }).action(
    async ({ json }: { json: boolean }) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ tokens }) => {
          const rows = await tokens.list();
          if (json) output.json(rows.map(tokenDocument));
          else for (const line of tokenLines(rows, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      ),
  );

  verb(group, {
    name: 'revoke',
    summary: 'end a token at once',
    example: 'belay token revoke ci',
  })
    .argument('<name>', 'the token’s name')
    .action(async (name: string, { json }: { json: boolean }) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ tokens }) => {
          const row = await tokens.revoke(name, actor);
          if (json) output.json(tokenDocument(row));
          else output.line(`The token ${name} is revoked.`);
          return EXIT.SUCCEEDED;
        }),
      ),
    );
};

function nameArgument(text: string): string {
  if (!isName(text)) throw new InvalidArgumentError(`${NAME_RULE}.`);
  return text;
}

function roleOption(text: string): TokenRole {
  const role = ROLES.find((each) => each === text);
  if (role === undefined) throw new InvalidArgumentError(`Write one of ${ROLES.join(', ')}.`);
  return role;
}

function tokenLines(rows: TokenRow[], paint: Paint): string[] {
  if (rows.length === 0) return ['There is no token: `belay token create NAME --role ROLE` makes one.'];
  const cells = rows.map((row) => [
    row.name,
    row.role,
    holdsFor(row),
    timeText(row.createdAt),
    row.createdBy,
    fate(row),
  ]);
  return tableLines(['NAME', 'ROLE', 'HOLDS FOR', 'CREATED', 'BY', ''], cells, paint);
}

function holdsFor({ environments = ['*'], services = ['*'] }: TokenRow): string {
  return `${environments.join(',')}/${services.join(',')}`;
}

function fate({ revoked, expired, expiresAt }: TokenRow): string {
  if (revoked !== undefined) return `revoked ${timeText(revoked.at)} by ${revoked.by}`;
  if (expiresAt === undefined) return '';
  return `${expired ? 'expired' : 'until'} ${timeText(expiresAt)}`;
}
