import type { StartOrder } from '../../control/control';
import { readPlan } from '../../schemas/plan-file';
import { answerTo } from '../answer';
import type { CliContext } from '../context';
import { addOrderOptions, overridesOf, type OrderOptions } from '../deploy-options';
import { EXIT, type Exit } from '../exit';
import { readOrder } from '../order';
import { pathFrom } from '../paths';
import { orderOfPlan } from '../planning';
import { withSession } from '../session';
import { durationOption, reasonOption, usage, verb, type AddVerb } from '../verb';
import { printPlan } from './plan';

interface Options extends OrderOptions {
  note?: string;
  plan?: string;
  overrideFreeze?: string;
  dryRun: boolean;
  wait: boolean;
  waitTimeout?: number;
}

export const addDeploy: AddVerb = (program, context, done) => {
  const command = verb(program, {
    name: 'deploy',
    summary: 'bring a release to a fleet, a few instances at a time',
    example:
      'belay deploy -f deployment.yaml\nbelay deploy --instances instances.json --desired desired.json --batch-size 3 --max-failures 2',
    details:
      'It waits for the end and shows how it goes on; Ctrl-C detaches, and the deployment goes on. ' +
      'Without a configured server and with none running it starts one for the run',
  });
  addOrderOptions(command)
    .option('--note <text>', 'why; kept in the history')
    .option('--plan <file>', 'carry out this plan (belay plan --out); refused when the fleet has changed since')
    .option(
      '--override-freeze <reason>',
      'go on where it is frozen or outside its windows, and record why',
      reasonOption,
    )
    .option('--dry-run', 'print the plan and change nothing', false)
    .option('--no-wait', 'do not wait for the end')
    .option('--wait-timeout <duration>', 'wait no longer than this', durationOption)
    .action(async (options: Options) => done(await deploy(context, options)));
};

async function deploy(context: CliContext, options: Options): Promise<Exit> {
  const { json, note, overrideFreeze, wait, waitTimeout } = options;
  if (options.dryRun) {
    if (options.plan !== undefined) throw usage('--dry-run makes a plan and --plan carries one out: leave one away');
    return printPlan(context, options);
  }
  const order = await orderOf(context, options);
  return withSession(context, { host: 'always' }, async (session) => {
    const start = session.control.start({
      ...order,
      actor: context.actor,
      ...(note === undefined ? {} : { note }),
      ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
    });
    const { environment, service } = order.spec;
    const begun = await context.interrupts.during((interrupted) => Promise.race([start, interrupted]));
    if (begun === undefined) {
      start.catch(() => undefined);
      context.output.say(`Detached before it began: \`belay status ${environment}/${service}\` says whether it did.`);
      return EXIT.INTERRUPTED;
    }
    const waiting = { json, wait, ...(waitTimeout === undefined ? {} : { waitTimeout }) };
    return answerTo(context, session, { kind: 'started', started: begun }, { ...waiting, waitForMessage: true });
  });
}

/** What to start: described by files, or by a plan that must still fit. */
async function orderOf(
  context: CliContext,
  options: Options,
): Promise<Pick<StartOrder, 'spec' | 'instances' | 'expected'>> {
  const overrides = overridesOf(options);
  if (options.plan === undefined) return readOrder(context, options, overrides);
  const planned = await readPlan(pathFrom(context.directory, options.plan));
  return orderOfPlan(context, planned, options, overrides);
}
