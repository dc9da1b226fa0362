/**
 * The main job on something real, while requests run: six servers on this machine go to a new release, and a bad one is
 * taken back by itself; then the same with six agents that ask what they should run; then four behind HAProxy, judged by
 * what Prometheus measures. `--keep` leaves all of it up, `--stop` ends that.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { agentsAct } from './agents.mjs';
import { PREFIX, running, startStack, STATE_DIR, stopStack } from './belay.mjs';
import { canaryAct } from './canary.mjs';
import { commandAct } from './command.mjs';
import { heading } from './say.mjs';

const INTERRUPTED = 130;
const ACTS = [commandAct, agentsAct, canaryAct];

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
  const { signal } = interrupted;
  let stack;
  let kept = false;
  try {
    await clear();
    const lacking = new Map();
    for (const act of ACTS) lacking.set(act, await act.lacking?.());
    heading('Starting Belay with its own Temporal and PostgreSQL');
    stack = await startStack();
    let good = true;
    for (const act of ACTS) {
      const missing = lacking.get(act);
      if (missing !== undefined) {
        heading(`Skipped: ${act.title}`);
        console.log(missing);
        continue;
      }
      const fleet = await act.start(signal);
      good = (await act.play(fleet, signal)) && good;
      if (signal.aborted) return INTERRUPTED;
      if (!keep) await act.stop();
    }
    if (keep) kept = printCommands(await commandAct.file(), lacking.get(canaryAct) === undefined);
    return good ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return INTERRUPTED;
    console.error(`\nThe demo failed: ${error.message}`);
    return 1;
  } finally {
    if (!kept) {
      for (const act of ACTS) await act.stop();
      if (stack !== undefined) await stopStack(stack);
    }
  }
}

function printCommands(file, canary) {
  const relative = path.relative(process.cwd(), STATE_DIR) || '.';
  heading('Left up for playing');
  for (const command of [
    'status',
    'show local/web',
    'history --instance web-01',
    'logs local/web web-01',
    `deploy -f ${path.join(relative, 'fleet', path.basename(file))}`,
    'rollback local/web',
    'show local/shop',
    'instances list --label role=shop',
    'instances drift',
    ...(canary ? canaryAct.commands(relative) : []),
  ]) {
    console.log(`  ${PREFIX} ${command}`);
  }
  console.log('  npm run demo -- --stop          # ends it');
  return true;
}

/** Ends and forgets what an earlier demo left. */
async function clear() {
  const before = await running();
  if (before !== undefined) await stopStack(before.host);
  for (const act of ACTS) await act.stop();
  await rm(STATE_DIR, { recursive: true, force: true });
}
