import { InvalidArgumentError, type Command } from 'commander';
import { inventoryDocument, sampleDocument } from '../../control/inventory-documents';
import type { InventoryRow, PeoplesInventory, Sample } from '../../control/inventory';
import { healthOf, healthWord, HEALTH_WORDS, type Health } from '../../domain';
import { labelsText } from '../../domain/fleet';
import type { CliContext } from '../context';
import { EXIT } from '../exit';
import type { Paint } from '../output';
import { driftLines } from '../render/drift';
import { tableLines } from '../render/table';
import { shortVersions, timeText } from '../render/words';
import { withSession } from '../session';
import { countOption, reasonOption, verb, type AddVerb } from '../verb';

interface ListOptions {
  label?: Record<string, string>;
  status?: Health;
  limit: number;
  json: boolean;
}

export const addInstances: AddVerb = (program, context, done) => {
  const { output, actor } = context;
  const group = program.command('instances').summary('look at the inventory, and decide about instances');
  group.description('look at the inventory, and decide about instances.');
  group.addHelpText('after', '\nExample:\n  belay instances list --label role=web');

  verb(group, {
    name: 'list',
    summary: 'list instances',
    example: 'belay instances list --label role=web --status failed',
  })
    .option('--label <label=value>', 'only those that carry it; may be repeated', labelOption)
    .option('--status <word>', HEALTH_WORDS.join(', '), statusOption)
    .option('--limit <count>', 'at most so many', countOption, 1000)
    .action(async ({ label, status, limit, json }: ListOptions) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ inventory }) => {
          const rows = await inventory.list({
            ...(label === undefined ? {} : { labels: label }),
            ...(status === undefined ? {} : { health: status }),
            limit,
          });
          if (json) output.json(rows.map(inventoryDocument));
          else for (const line of listLines(rows, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      ),
    );

  verb(group, { name: 'show', summary: 'show one instance and its heartbeats', example: 'belay instances show web-03' })
    .argument('<name>', 'its name')
    .action(async (name: string, { json }: { json: boolean }) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ inventory }) => {
          const { instance, samples } = await inventory.show(name);
          if (json) output.json({ ...inventoryDocument(instance), history: samples.map(sampleDocument) });
          else for (const line of showLines(instance, samples, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      ),
    );

  verb(group, {
    name: 'drift',
    summary: 'list instances that differ from what they are to run, and what will be done about it',
    example: 'belay instances drift --service web --environment production',
  })
    .option('--service <name>', 'only this service')
    .option('--environment <name>', 'only this environment')
    .action(async ({ json, ...filter }: { service?: string; environment?: string; json: boolean }) =>
      done(
        await withSession(context, { host: 'if_used' }, async ({ control }) => {
          const drift = await control.drift(filter);
          if (json) output.json(drift);
          else for (const line of driftLines(drift, output.paint)) output.line(line);
          return EXIT.SUCCEEDED;
        }),
      ),
    );

  decision(group, context, {
    name: 'exclude',
    summary: 'leave an instance out of deployments from now on',
    decide: async (inventory, name, reason) => {
      await inventory.exclude(name, actor, reason);
      return `${name} is left out of deployments; \`belay instances include ${name}\` takes it in again`;
    },
  })((exit) => done(exit));
  decision(group, context, {
    name: 'include',
    summary: 'let deployments have an instance again',
    decide: async (inventory, name) => {
      await inventory.include(name, actor);
      return `${name} is in deployments again`;
    },
  })((exit) => done(exit));
  decision(group, context, {
    name: 'delete',
    summary: 'take an instance out of the inventory; it may register anew',
    decide: async (inventory, name, reason) => {
      await inventory.remove(name, actor, reason);
      return `${name} is no longer in the inventory`;
    },
  })((exit) => done(exit));
};

interface Decision {
  name: string;
  summary: string;
  decide: (inventory: PeoplesInventory, name: string, reason: string | undefined) => Promise<string>;
}

/** A verb that decides about one instance. */
function decision(group: Command, context: CliContext, { name: word, summary, decide }: Decision) {
  return (done: Parameters<AddVerb>[2]) =>
    verb(group, { name: word, summary, example: `belay instances ${word} web-03 --reason "its disk is dying"` })
      .argument('<name>', 'its name')
      .option('--reason <text>', 'why; kept in the event log', reasonOption)
      .action(async (name: string, { reason, json }: { reason?: string; json: boolean }) =>
        done(
          await withSession(context, { host: 'if_used' }, async ({ inventory }) => {
            const said = await decide(inventory, name, reason);
            if (json) context.output.json({ instance: name, done: word });
            else context.output.line(`${said}.`);
            return EXIT.SUCCEEDED;
          }),
        ),
      );
}

function labelOption(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, label, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (label === undefined || value === undefined) throw new InvalidArgumentError('Write label=value, like role=web.');
  return { ...before, [label]: value };
}

function statusOption(text: string): Health {
  const word = HEALTH_WORDS.find((each) => each === text);
  if (word === undefined) throw new InvalidArgumentError(`Write one of ${HEALTH_WORDS.join(', ')}.`);
  return healthOf(word);
}

function listLines(rows: InventoryRow[], paint: Paint): string[] {
  if (rows.length === 0) return ['No instance matches.'];
  const cells = rows.map((row) => [
    row.name,
    healthText(row),
    release(row),
    labelsText(row.labels),
    timeText(row.seenAt),
    row.excluded === undefined ? '' : `excluded by ${row.excluded.by}`,
  ]);
  return tableLines(['INSTANCE', 'STATUS', 'RELEASE', 'LABELS', 'LAST SEEN', ''], cells, paint);
}

function showLines(row: InventoryRow, samples: Sample[], paint: Paint): string[] {
  const { desired, excluded } = row;
  const facts: [string, string | undefined][] = [
    ['status', `${healthText(row)}${row.reason === undefined ? '' : `: ${row.reason}`}`],
    ['runs', `${release(row)}, generation ${row.generation}`],
    ['is to run', desired && `${shortVersions(desired.versions)}, generation ${desired.generation}`],
    ['address', `${row.ip}${row.port === undefined ? '' : `, port ${row.port}`}`],
    ['labels', labelsText(row.labels)],
    ['last seen', timeText(row.seenAt)],
    ['registered', timeText(row.registeredAt)],
    [
      'excluded',
      excluded &&
        `${timeText(excluded.at)} by ${excluded.by}${excluded.reason === undefined ? '' : `: ${excluded.reason}`}`,
    ],
  ];
  const cells = samples.slice(0, 20).map((each) => [
    timeText(each.at),
    healthWord(each.health),
    release(each),
    Object.entries(each.metrics ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  ]);
  return [
    paint.bold(row.name),
    ...facts.flatMap(([key, value]) => (value === undefined ? [] : [`${`${key}:`.padEnd(12)}${value}`])),
    ...(cells.length === 0 ? [] : ['', ...tableLines(['HEARTBEAT', 'STATUS', 'RELEASE', 'METRICS'], cells, paint)]),
  ];
}

function healthText({ health, silent }: InventoryRow): string {
  return silent ? `${healthWord(health)} (silent)` : healthWord(health);
}

function release({ versions }: Pick<InventoryRow, 'versions'>): string {
  return shortVersions(versions);
}
