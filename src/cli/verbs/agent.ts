import { pathFrom } from '../paths';
import type { Exit } from '../exit';
import { verb, type AddVerb } from '../verb';

export const addAgent: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'agent',
    summary: 'look after one instance: report how it is, and do what the control plane says by its own command',
    example: 'belay agent --config /etc/belay/agent.yaml',
    details:
      'It registers the instance in the inventory and stays until Ctrl-C or SIGTERM. An update that is interrupted is finished by the next start',
  })
    .option('-c, --config <file>', 'what it looks after, and how', 'agent.yaml')
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      const { machine, output, interrupts, directory } = context;
      const file = pathFrom(directory, config);
      done((await machine.agent({ file }, json ? output.forJson() : output, interrupts)) as Exit);
    });
};
