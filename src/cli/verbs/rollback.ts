import { parseDeploymentName } from '../../control/name';
import { readSnapshot, specOfSnapshot } from '../../schemas';
import { answerTo } from '../answer';
import type { CliContext } from '../context';
import type { Exit } from '../exit';
import { pathFrom } from '../paths';
import { withSession } from '../session';
import { DEPLOYMENT, durationOption, generationOption, usage, verb, type AddVerb } from '../verb';

interface Options {
  to?: number;
  snapshot?: string;
  instances?: string;
  service?: string;
  environment?: string;
  driver?: string;
  batchSize?: string;
  reason?: string;
  wait: boolean;
  waitTimeout?: number;
  json: boolean;
}

export const addRollback: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'rollback',
    summary: 'take every touched instance back to what it ran before',
    example:
      'belay rollback production/web\nbelay rollback production/web --to 12\nbelay rollback --snapshot .snapshot.json --instances instances.json',
    details:
      "One in flight is stopped and goes back; of one that has ended, a rollback of its own starts (only of its service's latest, unless --to says " +
      'which generation to go back to the state after). It exits 0 when everything was restored',
  })
    .argument('[deployment]', DEPLOYMENT)
    .option('--to <generation>', 'go back to what ran after this generation', generationOption)
    .option('--snapshot <file>', 'go back to what a snapshot file says')
    .option('--instances <file>', 'the fleet, with --snapshot')
    .option('--service <name>', "with --snapshot: the service's name, when it was given to deploy, too")
    .option('--environment <name>', 'with --snapshot: likewise')
    .option('--driver <type>', 'with --snapshot: command or simulated')
    .option('--batch-size <size>', 'with --snapshot: how many go back at a time')
    .option('--reason <text>', 'why; kept in the history')
    .option('--no-wait', 'do not wait for the end')
    .option('--wait-timeout <duration>', 'wait no longer than this', durationOption)
    .action(async (text: string | undefined, options: Options) => done(await rollback(context, text, options)));
};

async function rollback(context: CliContext, text: string | undefined, options: Options): Promise<Exit> {
  const { to, snapshot, instances, reason } = options;
  const asker = { actor: context.actor, ...(reason === undefined ? {} : { reason }) };
  const waiting = { ...options, waitForMessage: true, wanted: 'rolled_back' as const };
  if (snapshot === undefined && instances === undefined) {
    if (text === undefined)
      throw usage('rollback takes a deployment (belay rollback production/web), or --snapshot and --instances');
    const name = parseDeploymentName(text);
    return withSession(context, { host: 'always' }, async (session) => {
      const answer = await session.control.rollback(name, { ...asker, ...(to === undefined ? {} : { to }) });
      return answerTo(context, session, answer, waiting);
    });
  }
  if (snapshot === undefined || instances === undefined) throw usage('--snapshot and --instances go together');
  if (text !== undefined || to !== undefined)
    throw usage('--snapshot and --instances say it all: leave the deployment and --to away');
  if (context.remote !== undefined) {
    throw usage(
      `--snapshot and --instances are files of this machine, which the API at ${context.remote.url} can't reach; go back to a generation with \`belay rollback ENVIRONMENT/SERVICE --to GENERATION\`, or run it where Belay runs, without BELAY_API_URL`,
    );
  }
  const order = await fromFiles(context, snapshot, instances, options);
  return withSession(context, { host: 'always' }, async (session) => {
    const answer = await session.control.rollbackToSnapshot({ ...order, ...asker });
    return answerTo(context, session, answer, waiting);
  });
}

async function fromFiles({ directory }: CliContext, snapshot: string, instances: string, options: Options) {
  const { service, environment, driver, batchSize } = options;
  const given = {
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    ...(driver === undefined ? {} : { driver }),
    ...(batchSize === undefined ? {} : { batchSize }),
  };
  const files = { instances: pathFrom(directory, instances), options: given };
  const { spec, instances: listed } = await specOfSnapshot(files, { directory });
  return { spec, instances: listed, targets: await readSnapshot(pathFrom(directory, snapshot), listed) };
}
