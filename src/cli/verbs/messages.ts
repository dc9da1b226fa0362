import type { AdjustFields, Control, PauseAnswer } from '../../control/control';
import { parseDeploymentName } from '../../control/name';
import type { MessageKind } from '../../domain';
import type { CliContext } from '../context';
import { EXIT } from '../exit';
import { withSession } from '../session';
import { askedBy, tell, tellIfPaused } from '../tell';
import { collect, countOption, DEPLOYMENT, limitOption, sizeOption, usage, verb, type AddVerb } from '../verb';

interface Common {
  reason?: string;
  json: boolean;
}

const SIMPLE: { kind: MessageKind; summary: string; details?: string }[] = [
  {
    kind: 'resume',
    summary: 'let a paused deployment go on',
    details: 'Refused while failures exceed the limit: adjust, retry or skip first',
  },
  { kind: 'approve', summary: 'approve what a deployment waits for' },
  { kind: 'reject', summary: 'reject what a deployment waits for: its on_failure follows' },
  { kind: 'promote', summary: 'skip the rest of a wait or a bake', details: 'An approval is not skipped: approve it' },
];

/** The verbs that are a message and nothing more. */
export const addMessages: AddVerb = (program, context, done) => {
  for (const { kind, summary, details } of SIMPLE) {
    verb(program, {
      name: kind,
      summary,
      example: `belay ${kind} production/web --reason "checked by hand"`,
      ...(details === undefined ? {} : { details }),
    })
      .argument('<deployment>', DEPLOYMENT)
      .option('--reason <text>', 'why; kept in the history')
      .action(async (text: string, options: Common) => done(await send(context, text, kind, options, {})));
  }

  verb(program, {
    name: 'pause',
    summary: 'let what is in flight end, and start nothing new',
    example: 'belay pause production/web --reason "watching the database"\nbelay pause --all',
  })
    .argument('[deployment]', DEPLOYMENT)
    .option('--all', 'every deployment in flight', false)
    .option('--reason <text>', 'why; kept in the history')
    .action(async (text: string | undefined, { all, ...options }: Common & { all: boolean }) => {
      if (all === (text !== undefined)) throw usage('pause takes a deployment or --all: belay pause production/web');
      done(text === undefined ? await pauseAll(context, options) : await send(context, text, 'pause', options, {}));
    });

  verb(program, {
    name: 'skip',
    summary: 'leave failed instances behind: they no longer count as failed',
    example: 'belay skip production/web --instance web-03',
    details: 'Without --instance: every failed one',
  })
    .argument('<deployment>', DEPLOYMENT)
    .option('--instance <names...>', 'only these', collect)
    .option('--reason <text>', 'why; kept in the history')
    .action(async (text: string, { instance = [], ...options }: Common & { instance?: string[] }) =>
      done(await send(context, text, 'skip', options, { instances: instance })),
    );

  verb(program, {
    name: 'adjust',
    summary: 'change the batch size, the window or the limit of failures of a deployment in flight',
    example: 'belay adjust production/web --batch-size 10% --max-failures 5',
  })
    .argument('<deployment>', DEPLOYMENT)
    .option('--batch-size <size>', 'instances in each further batch: a count or a percent', sizeOption)
    .option('--window <count>', 'instances in flight at a time', countOption)
    .option('--max-failures <limit>', 'failures that are allowed: a count or a percent', limitOption)
    .option('--reason <text>', 'why; kept in the history')
    .action(async (text: string, options: Common & Adjusted) => {
      const { batchSize, window, maxFailures, ...common } = options;
      const fields: AdjustFields = {
        ...(batchSize === undefined ? {} : { batch_size: batchSize }),
        ...(window === undefined ? {} : { window }),
        ...(maxFailures === undefined ? {} : { max_failures: maxFailures }),
      };
      if (Object.keys(fields).length === 0) throw usage('adjust needs --batch-size, --window or --max-failures');
      done(await send(context, text, 'adjust', common, fields));
    });
};

interface Adjusted {
  batchSize?: number | string;
  window?: number;
  maxFailures?: number | string;
}

async function send(
  context: CliContext,
  text: string,
  kind: MessageKind,
  { reason, json }: Common,
  fields: AdjustFields,
) {
  const name = parseDeploymentName(text);
  return withSession(context, { host: 'always' }, async ({ control }) => {
    const delivered = await control.message(name, kind, { ...fields, ...askedBy(context, reason) });
    tell(context, delivered, json, true);
    if (kind === 'skip' || kind === 'adjust') await tellIfPaused(context, control, delivered);
    return EXIT.SUCCEEDED;
  });
}

async function pauseAll(context: CliContext, { reason, json }: Common) {
  return withSession(context, { host: 'always' }, async ({ control }: { control: Control }) => {
    const answers = await control.pauseAll({ actor: context.actor, ...(reason === undefined ? {} : { reason }) });
    const { output } = context;
    if (json) output.json(answers);
    else if (answers.length === 0) output.line('Nothing is in flight.');
    else for (const each of answers) output.line(`${each.deployment}: ${pauseText(each)}`);
    return answers.every((each) => each.ok) ? EXIT.SUCCEEDED : EXIT.REFUSED;
  });
}

function pauseText(answer: PauseAnswer): string {
  if (!answer.ok) return `refused: ${answer.reason}`;
  return 'already' in answer ? 'is paused already' : 'pause accepted';
}
