/** The second act: six agents that ask what they should run, and fetch it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AgentInstance, stopAgents } from '../local-fleet/fleet/agents.mjs';
import { pack } from '../local-fleet/fleet/pack.mjs';
import { AGENT, belay, belayJson, running, STATE_DIR } from './belay.mjs';
import { roll } from './roll.mjs';
import { check, heading, tell } from './say.mjs';

const SERVICE = 'shop';
const dir = path.join(STATE_DIR, 'agents');
const agents = [];

const GOOD = { title: 'A good release for agents', version: '1.1.0', wanted: 'succeeded', exit: 0 };
const BAD = { title: 'A release that fails its health check', version: '1.2.0', wanted: 'rolled_back', exit: 3 };

export const agentsAct = {
  async start(signal) {
    heading('Starting six agents; each registers its instance and asks what it should run');
    const { api, tokens } = await running();
    const taken = new Set();
    for (let number = 1; number <= 7; number++) {
      const options = { dir, name: `shop-0${number}`, agent: AGENT, api, token: tokens.registration };
      agents.push(await AgentInstance.make(options, taken));
    }
    const six = agents.slice(0, 6);
    await Promise.all(six.map((agent) => agent.start()));
    await Promise.all(six.map((agent) => until(() => agent.said.includes('is registered'), signal)));
    return agents.map(({ instance }) => instance);
  },

  /** Answers whether all went as it should. */
  async play(instances, signal) {
    heading('The first release, 1.0.0, for all of them at once');
    const first = { version: '1.0.0', window: 6 };
    if ((await belay(['deploy', '-f', await this.file(first)], { signal })) !== 0) return false;

    heading(`${GOOD.title}: 1.1.0; meanwhile shop-07 joins, and the agent of shop-03 is killed in its update`);
    const file = await this.file({ version: GOOD.version, window: 2 });
    const meanwhile = (control, name, deploy) => disturb(control, name, deploy);
    const good = await roll({ service: SERVICE, file, rollout: GOOD, instances, signal, meanwhile });
    if (signal.aborted) return false;

    heading(`${BAD.title}: 1.2.0`);
    const worse = await this.file({ version: BAD.version, window: 2 });
    const bad = await roll({ service: SERVICE, file: worse, rollout: BAD, instances, signal });
    if (signal.aborted) return false;

    heading('What happened');
    tell(good);
    tell(bad);
    const listed = await belayJson(['instances', 'list', '--label', 'role=shop']);
    const runs = listed.map(({ name, code_version }) => `${name} ${code_version}`);
    const joined = check(
      runs.length === 7 && runs.every((run) => run.endsWith(' 1.1.0')),
      `the fleet now, with the one that joined: ${runs.join(', ')}`,
    );
    const returned = check(
      agents[2].said.includes('was interrupted'),
      'the agent of shop-03 was killed in its update, came back, and finished it',
    );
    return joined && returned && good.good && bad.good;
  },

  /** A deployment to play with. */
  async file({ version = '1.0.0', window = 2 } = {}) {
    const { digest } = await belayJson(['artifact', 'push', await pack(version, '1', path.join(dir, 'artifacts'))]);
    const file = path.join(dir, `deployment-${version}.yaml`);
    await writeFile(
      file,
      `service: ${SERVICE}
environment: local
release: { code_version: ${version}, configuration_version: '1', artifact: "${digest}" }
fleet: { labels: { environment: local, role: shop } }
driver: { type: agent }
strategy: { type: rolling, window: ${window} }
retry: { max_attempts: 1 }
timeouts: { instance: 30s, health: 10s }
min_healthy_time: 500ms
health_interval: 2s
`,
    );
    return file;
  },

  stop: () => stopAgents(dir),
};

/** Somebody joins when the first has been updated, and one agent dies in the middle of its update and comes back. */
async function disturb(control, name, deploy) {
  const over = new AbortController();
  void deploy.finally(() => over.abort());
  const victim = agents[2];
  const before = victim.said.length;
  const killed = until(() => victim.said.slice(before).includes('begins'), over.signal)
    .then(() => victim.kill())
    .then(() => victim.start());
  const joined = until(async () => {
    const { document } = await control.status(name);
    return document.release.code_version === GOOD.version && document.counts.succeeded > 0;
  }, over.signal).then(() => agents[6].start());
  await Promise.all([killed, joined]);
}

async function until(so, signal) {
  while (!(await so())) {
    signal?.throwIfAborted();
    for (const { fault } of agents) if (fault !== undefined) throw fault;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
