import { runAgentProcess } from './agent-process';
import type { MachineVerbs } from './cli/context';
import { runDev } from './dev';
import { isRemote } from './remote';
import { apiCheck } from './remote-check';
import { runServer } from './server';
import { configFile } from './stack/artifact-place';
import { examine } from './stack/doctor';
import { apiSettings, workerSettings } from './stack/server-settings';
import { requireServers, setUpServers } from './stack/setup';
import { taskQueueOf } from './stack/task-queue';
import { runWorker } from './worker';

const LISTEN = { host: '127.0.0.1', port: 7080 };

/** The verbs that run something on this machine, or make it ready, put together. */
export const machine: MachineVerbs = {
  // An interrupted start is completed first: half a stack is harder to stop.
  dev: (options, output, interrupts) => interrupts.during(() => runDev(options, output, interrupts)),
  async worker({ metrics, config: named }, output, interrupts) {
    const { temporal, databaseUrl } = requireServers();
    const settings = await workerSettings(named ?? configFile());
    const stopping = new AbortController();
    void interrupts.reached(1).then(() => {
      output.say('Stopping: what it does is let end. Once more to stop at once.');
      void interrupts.reached(2).then(() => process.exit(130));
      stopping.abort();
    });
    const webUi = process.env.BELAY_WEB_UI;
    const config = {
      temporal,
      databaseUrl,
      taskQueue: taskQueueOf(),
      ...settings,
      ...(webUi === undefined ? {} : { webUi }),
      ...(metrics === undefined ? {} : { metrics }),
    };
    const onReady = (metricsUrl?: string) => {
      if (metricsUrl !== undefined) output.say(`Its metrics are at ${metricsUrl}/metrics.`);
      output.say(`A worker polls "${config.taskQueue}" of ${temporal.options.address}. Ctrl-C stops it.`);
    };
    await runWorker(config, { onReady, signal: stopping.signal });
    return 0;
  },
  async agent({ file }, output, interrupts) {
    await runAgentProcess(file, (text) => output.say(text), interrupts.reached(1));
    return 0;
  },
  async api({ port, config }, output, interrupts) {
    const { temporal, databaseUrl } = requireServers();
    const { listen = LISTEN, settings, artifacts } = await apiSettings(config ?? configFile());
    const stopping = new AbortController();
    void interrupts.reached(1).then(() => {
      output.say('Stopping: the requests that it has are let end. Once more to stop at once.');
      void interrupts.reached(2).then(() => process.exit(130));
      stopping.abort();
    });
    if (settings.registration === undefined) {
      output.say('No registration token is configured: only tokens of the role agent let instances be registered.');
    }
    const at = { host: listen.host, port: port ?? listen.port };
    await runServer(
      { temporal, databaseUrl, taskQueue: taskQueueOf(), listen: at, settings, artifacts },
      {
        onReady: (address) => output.say(`The API is at ${address}, its page at ${address}/docs. Ctrl-C stops it.`),
        signal: stopping.signal,
      },
    );
    return 0;
  },
  setup: (output) => setUpServers((text) => output.line(text)),
  doctor: async () => {
    const checks = await examine();
    return isRemote(process.env) ? [...checks, await apiCheck(process.env)] : checks;
  },
};
