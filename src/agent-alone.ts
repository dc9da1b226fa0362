import { parseArgs } from 'node:util';
import { runAgentProcess } from './agent-process';
import { InputError } from './domain/errors';

/** `belay agent` as one file, for machines that have nothing of Belay but this: dist/belay-agent.cjs. */

const HELP = `Usage: node belay-agent.cjs [--config FILE]

Looks after one instance, as agent.yaml says (default: agent.yaml in this folder): the same as \`belay agent\`.
It stays until Ctrl-C or SIGTERM. Exit status: 0 stopped, 1 failed, 2 bad input or usage.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { config: { type: 'string', short: 'c', default: 'agent.yaml' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const stopped = new Promise<void>((resolve) => {
    let signals = 0;
    const stop = () => (signals++ === 0 ? resolve() : process.exit(130));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  });
  await runAgentProcess(values.config, (text) => void process.stderr.write(`${text}\n`), stopped);
  return 0;
}

function statusOf(error: unknown): number {
  if (error instanceof InputError) return 2;
  return String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}

void main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return statusOf(error);
  })
  // What was written last is on its way yet where streams are asynchronous.
  .then((status) => process.stderr.write('', () => process.exit(status)));
