/** The first act: six servers that are changed by a command of their own, from outside. */
import path from 'node:path';
import { writeDeployment } from '../local-fleet/fleet/deployment.mjs';
import { fleetStatus, startFleet, stopFleet } from '../local-fleet/fleet/fleet.mjs';
import { STATE_DIR } from './belay.mjs';
import { roll } from './roll.mjs';
import { check, heading, tell } from './say.mjs';

const dir = path.join(STATE_DIR, 'fleet');

const ROLLOUTS = [
  { title: 'A good release', version: '1.1.0', wanted: 'succeeded', exit: 0 },
  {
    title: 'A release that starts but fails its health check',
    version: '1.2.0',
    options: ['--max-failures', '1'],
    wanted: 'rolled_back',
    exit: 3,
  },
];

export const commandAct = {
  async start() {
    heading('Starting six servers at 1.0.0');
    const { instances } = await startFleet({ dir, count: 6, version: '1.0.0' });
    for (const { instance_id, address } of instances) console.log(`  ${instance_id}  http://${address}/`);
    return instances;
  },

  /** Answers whether all went as it should. */
  async play(instances, signal) {
    const results = [];
    for (const rollout of ROLLOUTS) {
      if (signal.aborted) return false;
      heading(`${rollout.title}: ${rollout.version}, in batches of 1 and 2, while requests run`);
      const file = await writeDeployment({ dir, version: rollout.version });
      results.push(await roll({ service: 'web', file, rollout, instances, signal }));
    }
    if (signal.aborted) return false;
    heading('What happened');
    results.forEach(tell);
    const runs = await fleetStatus({ dir });
    const names = runs.map(({ instance_id, version }) => `${instance_id} ${version}`);
    const back = check(
      runs.every(({ version }) => version === '1.1.0'),
      `the fleet now: ${names.join(', ')}`,
    );
    return back && results.every(({ good }) => good);
  },

  /** A deployment to play with. */
  file: () => writeDeployment({ dir, version: '1.0.0' }),

  stop: () => stopFleet({ dir }),
};
