import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every process that a run starts inherits this variable, so that what it leaves behind can be told. */
export const RUN_VARIABLE = 'BELAY_RUN_ID';

const GRACE_MS = 3_000;
const END_MS = 3_000;

/**
 * Ends whatever still carries the run's id, after a moment to end by itself unless it is `atOnce`; answers with the
 * command lines of what was ended. Only Linux tells; elsewhere: none.
 */
export async function endLeftovers(id, { atOnce }) {
  if (!atOnce) await until(() => find(id).length === 0, GRACE_MS);
  const found = find(id);
  for (const each of found) end(each, atOnce ? 'SIGKILL' : 'SIGTERM');
  if (!(await until(() => find(id).length === 0, END_MS))) for (const each of find(id)) end(each, 'SIGKILL');
  return found.map(({ pid, command }) => `${pid} ${command}`);
}

async function until(condition, ms) {
  for (const end = Date.now() + ms; !condition(); await sleep(25)) if (Date.now() > end) return false;
  return true;
}

function find(id) {
  const found = [];
  for (const name of process.platform === 'linux' ? readdirSync('/proc') : []) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${RUN_VARIABLE}=${id}`)) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // A zombie has no command line and needs no end.
      if (command !== '') found.push({ pid, command });
    } catch {
      // It has ended meanwhile, or belongs to somebody else.
    }
  }
  return found;
}

/** PostgreSQL takes its own children along only when it is asked to quit. */
function end({ pid, command }, signal) {
  try {
    process.kill(pid, /\/postgres /.test(command) ? 'SIGQUIT' : signal);
  } catch {
    // It has ended meanwhile.
  }
}
