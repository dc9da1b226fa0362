import { belay, openControl } from './belay.mjs';
import { startLoad } from './load.mjs';

/**
 * One deployment from a file while requests run against its instances: what it was like for those who sent them, and how
 * it ended. `instances`: [{ instance_id, address }]. `meanwhile` is called with its control layer, and awaited.
 */
export async function roll({ service, file, rollout, instances, signal, meanwhile }) {
  const { version, title, options = [], wanted, exit } = rollout;
  const name = { environment: 'local', service };
  const { control, close } = await openControl();
  try {
    const load = startLoad(control, name, instances);
    let requests;
    let code;
    try {
      const deploy = belay(['deploy', '-f', file, ...options, '--note', `demo: ${title}`], { signal });
      [code] = await Promise.all([deploy, meanwhile?.(control, name, deploy)]);
    } finally {
      requests = await load.stop();
    }
    const { document } = await control.status(name);
    const good = code === exit && document.status === wanted && requests.failed === 0;
    return { version, wanted, document, requests, good };
  } finally {
    await close();
  }
}
