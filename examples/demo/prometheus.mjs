/** A Prometheus that asks instances for their metrics several times a second: nobody wants to wait for a demo. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launch } from '../local-fleet/fleet/process.mjs';
import { answered } from './answered.mjs';

const SCRAPE = '250ms';

/** Starts it, as a process that outlives this one, and waits until it has heard from every instance. */
export async function startPrometheus({ prometheus, libraries }, { folder, address, instances }) {
  const config = path.join(folder, 'prometheus.yml');
  await mkdir(folder, { recursive: true });
  const targets = instances.map((instance) => instance.address);
  await writeFile(
    config,
    // YAML takes JSON.
    JSON.stringify({
      global: { scrape_interval: SCRAPE, scrape_timeout: SCRAPE },
      scrape_configs: [{ job_name: 'demo', static_configs: [{ targets }] }],
    }),
  );
  const options = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${path.join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ];
  const env = libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') };
  const child = await launch(folder, [prometheus, ...options], env);
  const query = new URLSearchParams({ query: 'count(up == 1)' });
  await answered(`http://${address}/api/v1/query?${query}`, child, folder, (text) =>
    text.includes(`"${instances.length}"`),
  );
}
