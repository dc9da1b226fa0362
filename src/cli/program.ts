import { Command } from 'commander';
import type { CliContext } from './context';
import type { Exit } from './exit';
import { addAbort } from './verbs/abort';
import { addArtifact } from './verbs/artifact';
import { addDeploy } from './verbs/deploy';
import { addDoctor } from './verbs/doctor';
import { addFlags } from './verbs/flags';
import { addFreeze } from './verbs/freeze';
import { addHistory } from './verbs/history';
import { addInit } from './verbs/init';
import { addInstances } from './verbs/instances';
import { addLogs } from './verbs/logs';
import { addAgent } from './verbs/agent';
import { addMachineVerbs } from './verbs/machine';
import { addMessages } from './verbs/messages';
import { addPlan } from './verbs/plan';
import { addRetry } from './verbs/retry';
import { addRollback } from './verbs/rollback';
import { addShow } from './verbs/show';
import { addStatus } from './verbs/status';
import { addToken } from './verbs/token';
import { addTraffic } from './verbs/traffic';
import { addUnfreeze } from './verbs/unfreeze';
import { addWatch } from './verbs/watch';

const VERBS = [
  addDeploy,
  addPlan,
  addStatus,
  addShow,
  addWatch,
  addLogs,
  addHistory,
  addAbort,
  addRollback,
  addRetry,
  addMessages,
  addFreeze,
  addUnfreeze,
  addInstances,
  addFlags,
  addToken,
  addArtifact,
  addTraffic,
  addInit,
  addDoctor,
  addAgent,
  addMachineVerbs,
];

const EXITS = `
Exit status:
  0 succeeded   1 failed, completed with failures, aborted, cancelled, rollback incomplete   2 bad input or usage
  3 rolled back   4 refused   5 a server can't be reached   6 still going   130 interrupted

Example:
  belay deploy -f deployment.yaml`;

/** The whole command line. */
export function createProgram(context: CliContext, done: (exit: Exit) => void): Command {
  const { output } = context;
  const program = new Command('belay')
    .description('Durable rolling deployments: safe, observable, reversible, and finished even when the deployer dies.')
    .version(context.version)
    .showSuggestionAfterError()
    .showHelpAfterError('See `belay --help`, or --help after a verb.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.trimEnd()),
      writeErr: (text) => output.say(text.trimEnd()),
      getOutHasColors: () => output.paint.isColorSupported,
      getErrHasColors: () => output.paint.isColorSupported,
    })
    .addHelpText('after', EXITS);
  for (const add of VERBS) add(program, context, done);
  return program;
}
