import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { alive } from './lock.mjs';

/** Every process that a run starts inherits this variable, so that what it leaves behind can be told. */
export const RUN_VARIABLE = 'BELAY_RUN_ID';

/** Ends whatever still carries the run's id; answers with their command lines. Only Linux tells; elsewhere: none. */
export async function endLeftovers(id, { graceMs = 2_000 } = {}) {
  // What is about to end by itself gets a moment for it.
  for (const until = Date.now() + graceMs; find(id).length > 0 && Date.now() < until;) await sleep(50);
  const found = find(id);
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (const { pid } of find(id)) end(pid, signal);
    for (const until = Date.now() + 3_000; find(id).some(({ pid }) => alive(pid)) && Date.now() < until;)
      await sleep(50);
  }
  return found.map(({ pid, command }) => `${pid} ${command}`);
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

function end(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
