import type { Command } from 'commander';
import type { DeployOptions } from '../schemas';
import type { Described } from './order';
import { collect } from './verb';

/** What `deploy` and `plan` both take. */
export type OrderOptions = DeployOptions & Described & { json: boolean };

const TEXT_OPTIONS = [
  'batchSize',
  'window',
  'maxFailures',
  'onFailure',
  'driver',
  'service',
  'environment',
  'snapshot',
] as const;
const LIST_OPTIONS = ['only', 'exclude', 'first'] as const;

/** Adds the options that say what is deployed, and how. Their values are judged where files are. */
export function addOrderOptions(command: Command): Command {
  return command
    .option('-f, --file <file>', 'a deployment.yaml')
    .option('--instances <file>', 'without a deployment.yaml: the fleet')
    .option('--desired <file>', 'without a deployment.yaml: the versions to bring')
    .option('--batch-size <size>', 'instances in each batch: a count or a percent')
    .option('--window <size>', 'instead of batches: instances in flight at a time')
    .option('--max-failures <limit>', 'failures that are allowed: a count or a percent')
    .option('--on-failure <what>', 'rollback, pause or abort, when there are more')
    .option('--driver <type>', 'command or simulated')
    .option('--service <name>', 'the service')
    .option('--environment <name>', 'the environment')
    .option('--only <names...>', 'only these instances', collect)
    .option('--exclude <names...>', 'all but these instances', collect)
    .option('--first <names...>', 'begin with these instances', collect)
    .option('--snapshot <file>', 'where to write what ran before (default: .snapshot.json beside the instances)')
    .option('--force', 'touch instances that run the release already, too');
}

/** The options that overrule what a file says; only those that were given. */
export function overridesOf(options: OrderOptions): DeployOptions {
  const given: DeployOptions = {};
  for (const key of TEXT_OPTIONS) if (options[key] !== undefined) given[key] = options[key];
  for (const key of LIST_OPTIONS) if (options[key] !== undefined) given[key] = options[key];
  if (options.force === true) given.force = true;
  return given;
}
