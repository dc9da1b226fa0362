/** The third act: a growing share of real requests goes to a release, by HAProxy, and Prometheus' figures judge it. */
import path from 'node:path';
import { findHaproxy } from '../../scripts/lib/haproxy.mjs';
import { findPrometheus } from '../../scripts/lib/prometheus.mjs';
import { Problem, say } from '../../scripts/lib/say.mjs';
import { freeAddress } from '../local-fleet/fleet/address.mjs';
import { fleetStatus, startFleet, stopFleet } from '../local-fleet/fleet/fleet.mjs';
import { end } from '../local-fleet/fleet/process.mjs';
import { belayJson, PREFIX, STATE_DIR } from './belay.mjs';
import { writeCanary } from './canary-file.mjs';
import { expose } from './expose.mjs';
import { haproxyFiles, startHaproxy, whyNoSocket } from './haproxy.mjs';
import { startPrometheus } from './prometheus.mjs';
import { check, heading, tell, tellShares } from './say.mjs';

const SERVICE = 'shop-front';
const dir = path.join(STATE_DIR, 'canary');
const router = haproxyFiles(path.join(dir, 'haproxy'));
const meter = path.join(dir, 'prometheus');
const chart = path.join(dir, 'bad-canary.svg');

const GOOD = { title: 'A good canary', version: '1.1.0', wanted: 'succeeded', exit: 0, shares: [10, 25, 50, 75, 100] };
const BAD = {
  title: 'A canary that is healthy, but slow with a quarter of the users',
  version: '1.3.0',
  wanted: 'rolled_back',
  exit: 3,
  shares: [10, 25, 0],
};

let found;
let addresses;

export const canaryAct = {
  title: 'a growing share of real requests, judged by what is measured',

  /** Finds or fetches what it needs; answers with what is missing. */
  async lacking() {
    try {
      found = { ...(await findHaproxy({ say })), metrics: await findPrometheus({ say }) };
      return whyNoSocket(router);
    } catch (error) {
      if (error instanceof Problem) return error.message;
      throw error;
    }
  },

  async start() {
    heading('Starting four servers at 1.0.0 behind HAProxy, and Prometheus, which measures them');
    const { instances } = await startFleet({ dir, count: 4, version: '1.0.0', service: SERVICE });
    const taken = new Set(instances.map(({ address }) => address));
    addresses = { front: await freeAddress(taken), prometheus: await freeAddress(taken) };
    await startPrometheus(found.metrics, { folder: meter, address: addresses.prometheus, instances });
    const { lines } = await belayJson(['traffic', 'lines', '-f', await this.file()]);
    const backends = { stable: 'shop_stable', canary: 'shop_canary' };
    await startHaproxy(found, { files: router, address: addresses.front, lines, backends, instances });
    console.log(`  the service   http://${addresses.front}/\n  Prometheus    http://${addresses.prometheus}/`);
    return instances;
  },

  /** Answers whether all went as it should. */
  async play(_, signal) {
    const results = [];
    for (const rollout of [GOOD, BAD]) {
      heading(`${rollout.title}: ${rollout.version}, while 200 users a second come`);
      const file = await this.file(rollout.version);
      const url = `http://${addresses.front}/`;
      results.push(await expose({ service: SERVICE, file, url, rollout, signal }));
      if (signal.aborted) return false;
    }
    heading('What happened');
    for (const result of results) {
      tell(result);
      result.good = tellShares(result) && result.good;
    }
    const runs = await fleetStatus({ dir });
    const back = check(
      runs.every(({ version }) => version === GOOD.version),
      `the fleet now: ${runs.map(({ instance_id, version }) => `${instance_id} ${version}`).join(', ')}`,
    );
    await pointOut(results[1].document);
    return back && results.every(({ good }) => good);
  },

  /** A deployment to play with. */
  file: (version = '1.0.0') =>
    writeCanary({ dir, service: SERVICE, version, router, prometheus: `http://${addresses.prometheus}` }),

  /** What there is to look at as long as it is up. */
  commands(relative) {
    return [
      `show local/${SERVICE} --chart ${path.join(relative, 'canary/last.svg')}`,
      `deploy -f ${path.join(relative, 'canary/deployment-1.3.0.yaml')}  # with users: node examples/demo/visit.mjs http://${addresses.front}/`,
    ];
  },

  async stop() {
    await end(router.folder);
    await end(meter);
    await stopFleet({ dir });
  },
};

/** Draws the canary that was taken back, and says where all of it is. */
async function pointOut({ id, links }) {
  await belayJson(['show', id, '--chart', chart]);
  const relative = path.relative(process.cwd(), chart);
  heading('Where to look');
  console.log(`  the bad canary, drawn   ${relative}`);
  console.log(`  all that is known       ${PREFIX} show ${id} --chart ${relative}`);
  console.log(`  every step of it        ${links.web_ui} (as long as it is up: --keep)`);
}
