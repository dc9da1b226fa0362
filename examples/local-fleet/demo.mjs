/**
 * The main job on something real: six servers on this machine go from 1.0.0 to 1.1.0 while requests run against them;
 * then 1.2.0, which fails its health check, is taken back by itself. `--keep` leaves all of it up, `--stop` ends that.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { belay, openControl, running, startStack, STATE_DIR, stopStack } from './demo/belay.mjs';
import { startLoad } from './demo/load.mjs';
import { writeDeployment } from './fleet/deployment.mjs';
import { fleetStatus, startFleet, stopFleet } from './fleet/fleet.mjs';

const FLEET = path.join(STATE_DIR, 'fleet');
const INTERRUPTED = 130;

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

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupted.abort());

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => !['--keep', '--stop'].includes(flag));
if (unknown !== undefined) {
  console.error(`unknown option ${unknown}; usage: npm run demo [-- --keep | --stop]`);
  process.exitCode = 2;
} else if (flags.includes('--stop')) {
  await clear();
  console.log('The demo is down.');
} else {
  process.exitCode = await demo(flags.includes('--keep'));
}

async function demo(keep) {
  let stack;
  let kept = false;
  try {
    await clear();
    heading('Starting six servers at 1.0.0, and Belay with its own Temporal and PostgreSQL');
    stack = await startStack();
    const { instances } = await startFleet({ dir: FLEET, count: 6, version: '1.0.0' });
    for (const { instance_id, address } of instances) console.log(`  ${instance_id}  http://${address}/`);

    const results = [];
    for (const rollout of ROLLOUTS) {
      if (interrupted.signal.aborted) return INTERRUPTED;
      results.push(await roll(rollout, instances));
    }
    if (interrupted.signal.aborted) return INTERRUPTED;
    const ok = await summary(results);
    if (keep) kept = printCommands(await writeDeployment({ dir: FLEET, version: '1.0.0' }));
    return ok ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) return INTERRUPTED;
    console.error(`\nThe demo failed: ${error.message}`);
    return 1;
  } finally {
    if (!kept) {
      await stopFleet({ dir: FLEET });
      if (stack !== undefined) await stopStack(stack);
    }
  }
}

/** One deployment under load; what it was like for those who sent requests, and how it ended. */
async function roll({ title, version, options = [], wanted, exit }, instances) {
  heading(`${title}: ${version}, in batches of 1 and 2, while requests run`);
  const file = await writeDeployment({ dir: FLEET, version });
  const { control, close } = await openControl();
  const load = startLoad(control, instances);
  let code;
  let requests;
  try {
    code = await belay(['deploy', '-f', file, ...options, '--note', `demo: ${title}`], { signal: interrupted.signal });
  } finally {
    requests = await load.stop();
  }
  const { document } = await control.status({ environment: 'local', service: 'web' });
  await close();
  const good = code === exit && document.status === wanted;
  return { version, wanted, document, requests, good: good && requests.failed === 0 };
}

async function summary(results) {
  heading('What happened');
  for (const { version, wanted, document, requests, good } of results) {
    const { counts } = document;
    const versions = Object.entries(requests.versions).map(([each, count]) => `${count} by ${each}`);
    console.log(`${good ? '✓' : '✗'} ${version}: ${document.status} (wanted: ${wanted})`);
    if (document.reason !== null) console.log(`    why       ${document.reason}`);
    const { succeeded, rolled_back, failed, unresolved } = counts;
    console.log(
      `    instances ${succeeded} updated, ${rolled_back} rolled back, ${failed + unresolved} failed, of ${counts.total}`,
    );
    console.log(`    requests  ${requests.answered} answered (${versions.join(', ')}), ${requests.failed} failed`);
    for (const fault of requests.faults.slice(0, 3)) console.log(`              ${fault}`);
    console.log(`    history   ${document.links.web_ui}`);
  }
  const runs = await fleetStatus({ dir: FLEET });
  const back = runs.every((instance) => instance.version === '1.1.0');
  console.log(
    `${back ? '✓' : '✗'} the fleet now: ${runs.map(({ instance_id, version }) => `${instance_id} ${version}`).join(', ')}`,
  );
  return back && results.every(({ good }) => good);
}

function printCommands(older) {
  const relative = path.relative(process.cwd(), STATE_DIR) || '.';
  const prefix = `BELAY_STATE_DIR=${relative} npm run client --`;
  heading('Left up for playing');
  for (const command of [
    'status',
    'show local/web',
    'history --instance web-01',
    'logs local/web web-01',
    `deploy -f ${path.join(relative, 'fleet', path.basename(older))}`,
    'rollback local/web',
  ]) {
    console.log(`  ${prefix} ${command}`);
  }
  console.log('  npm run demo -- --stop          # ends it');
  return true;
}

/** Ends and forgets what an earlier demo left. */
async function clear() {
  const before = await running();
  if (before !== undefined) await stopStack(before.host);
  await stopFleet({ dir: FLEET });
  await rm(STATE_DIR, { recursive: true, force: true });
}

function heading(text) {
  console.log(`\n── ${text}`);
}
