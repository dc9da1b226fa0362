import { EXIT, type Exit } from '../exit';
import { pathFrom } from '../paths';
import type { Address } from '../../domain/address';
import { addressOption, countOption, verb, type AddVerb } from '../verb';

interface DevOptions {
  port?: number;
  uiPort?: number;
  apiPort?: number;
  config?: string;
  json: boolean;
}

/** The verbs that keep something running, or make it ready. */
export const addMachineVerbs: AddVerb = (program, context, done) => {
  const { machine, output, interrupts } = context;
  const fileOf = (config: string | undefined) =>
    config === undefined ? {} : { config: pathFrom(context.directory, config) };

  verb(program, {
    name: 'dev',
    summary: 'run everything on this machine: database, Temporal with its Web UI, a worker, and the API',
    example: 'belay dev\nbelay dev --port 7233 --ui-port 8233',
    details: 'It stays until Ctrl-C. State is kept in files: the next start goes on with whatever was in flight',
  })
    .option('--port <port>', "Temporal's port (default: a free one)", countOption)
    .option('--ui-port <port>', "the Web UI's port (default: a free one)", countOption)
    .option('--api-port <port>', "the API's port (default: a free one)", countOption)
    .option('--config <file>', 'a belay.yaml')
    .action(async ({ json, config, ...ports }: DevOptions) => {
      const options = { ...ports, json, ...fileOf(config) };
      done((await machine.dev(options, json ? output.forJson() : output, interrupts)) as Exit);
    });

  verb(program, {
    name: 'worker',
    summary: 'run a worker for a Temporal and a database that are there',
    example:
      'TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://belay@db/belay belay worker\nbelay worker --metrics-address 127.0.0.1:9465',
    details: 'Ctrl-C lets what it is doing end; another worker (or the next one) goes on with the rest',
  })
    .option('--metrics-address <host:port>', 'serves /metrics for Prometheus, and /healthz, there', addressOption)
    .option('--config <file>', 'a belay.yaml')
    .action(async ({ json, metricsAddress, config }: { metricsAddress?: Address; config?: string; json: boolean }) => {
      const options = {
        ...(metricsAddress === undefined ? {} : { metrics: metricsAddress }),
        ...fileOf(config),
      };
      done((await machine.worker(options, json ? output.forJson() : output, interrupts)) as Exit);
    });

  verb(program, {
    name: 'api',
    summary: 'serve the HTTP API for a Temporal and a database that are there',
    example:
      'TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://belay@db/belay belay api\nbelay api --config belay.yaml --port 8080',
    details: 'Ctrl-C lets the requests that it has end. `belay token create` makes tokens for it',
  })
    .option('--port <port>', 'where it listens (default: as the config says, else 7080)', countOption)
    .option('--config <file>', 'a belay.yaml')
    .action(async ({ json, port, config }: { port?: number; config?: string; json: boolean }) => {
      const options = {
        ...(port === undefined ? {} : { port }),
        ...fileOf(config),
      };
      done((await machine.api(options, json ? output.forJson() : output, interrupts)) as Exit);
    });

  verb(program, {
    name: 'setup',
    summary: 'make an existing Temporal and database ready: search attributes and tables',
    example: 'TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://belay@db/belay belay setup',
  }).action(async ({ json }: { json: boolean }) => {
    await machine.setup(json ? output.forJson() : output);
    if (json) output.json({ ready: true });
    done(EXIT.SUCCEEDED);
  });
};
