/** Requests against the fleet, sent only to instances that Belay says are in service. */

const SENDERS = 4;
/** How often Belay is asked, and how old an answer may be: the update command drains for longer than that. */
const ASK_MS = 40;
const FRESH_MS = 250;
const BETWEEN_MS = 5;

/**
 * Sends requests until `stop` is called. Whether an instance is in service is the state of Belay's engine,
 * asked through its control layer: those that are being changed or restored, and those that failed, get nothing.
 */
export function startLoad(control, name, instances) {
  const counts = { answered: 0, failed: 0, versions: {}, faults: [] };
  let inService = { names: new Set(), asked: 0 };
  let stopped = false;

  const ask = async () => {
    while (!stopped) {
      const asked = Date.now();
      inService = { names: await inServiceNow(control, name, instances), asked };
      await pause(ASK_MS);
    }
  };
  const send = async (first) => {
    for (let turn = first; !stopped; turn++) {
      const { address, instance_id } = instances[turn % instances.length];
      if (Date.now() - inService.asked < FRESH_MS && inService.names.has(instance_id)) {
        await request(address, instance_id, counts);
      }
      await pause(BETWEEN_MS);
    }
  };
  const all = Promise.all([ask(), ...Array.from({ length: SENDERS }, (_, index) => send(index))]);
  // Whoever stops it hears of the error.
  all.catch(() => (stopped = true));
  return {
    counts,
    stop: async () => {
      stopped = true;
      await all;
      return counts;
    },
  };
}

/** Before the first deployment there is nothing that Belay could say: all are in service. */
async function inServiceNow(control, name, instances) {
  const known = await control.instances(name).catch((error) => {
    if (error.name === 'NotFound') return undefined;
    throw error;
  });
  if (known === undefined) return new Set(instances.map(({ instance_id }) => instance_id));
  const out = new Set(['in_flight', 'failed', 'unresolved']);
  // One that has just joined runs nothing yet.
  const serves = ({ state, code_version }) => !out.has(state) && code_version !== undefined;
  return new Set(known.filter(serves).map(({ instance_id }) => instance_id));
}

async function request(address, name, counts) {
  try {
    const answer = await fetch(`http://${address}/`, { signal: AbortSignal.timeout(2_000) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const version = /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown';
    counts.versions[version] = (counts.versions[version] ?? 0) + 1;
    counts.answered++;
  } catch (error) {
    counts.failed++;
    counts.faults.push(`${name}: ${error.cause?.message ?? error.message}`);
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
