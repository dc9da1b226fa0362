#!/usr/bin/env node
/**
 * The example fleet: instances of a small web service, each a process of its own on this machine.
 * `node fleet.mjs up|down|status`. Plain Node, no dependencies.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fleetStatus, startFleet, stopFleet } from './fleet/fleet.mjs';
import { DEFAULT_DIR } from './fleet/folder.mjs';

const USAGE = `usage: node fleet.mjs up|down|status [options]
  up       start the fleet, and write instances.json with its addresses
  down     stop it; what each instance runs is kept for the next start
  status   what each instance says of itself
options:
  --count N            how many instances (6)
  --version V          release of new instances (1.0.0; there are also 1.1.0, 1.2.0 and 1.3.0)
  --configuration C    configuration of new instances (1; there is also 2)
  --dir FOLDER         where the fleet keeps its state (FLEET_DIR, else .belay-fleet next to this file)
  --purge              down: forget everything, so that the next start is fresh
  --json               print JSON`;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '6' },
      version: { type: 'string', default: '1.0.0' },
      configuration: { type: 'string', default: '1' },
      dir: { type: 'string', default: DEFAULT_DIR },
      purge: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const dir = path.resolve(values.dir);
  const say = (document, text) => console.log(values.json ? JSON.stringify(document, null, 2) : text);
  if (values.help) return console.log(USAGE);
  switch (positionals.join(' ')) {
    case 'up': {
      if (!/^[1-9]\d{0,2}$/.test(values.count))
        throw new Error(`--count ${values.count}: a number from 1 to 999 is wanted`);
      const { version, configuration } = values;
      const { instances, instancesFile } = await startFleet({
        dir,
        count: Number(values.count),
        version,
        configuration,
      });
      const lines = instances.map((one) => `${one.instance_id}  http://${one.address}/  ${one.code_version}`);
      return say(
        { dir, instances_file: instancesFile, instances },
        [...lines, `listed in ${instancesFile}`].join('\n'),
      );
    }
    case 'down':
      await stopFleet({ dir, purge: values.purge });
      return say({ dir }, `the fleet in ${dir} is down`);
    case 'status': {
      const rows = await fleetStatus({ dir });
      const lines = rows.map((one) => `${one.instance_id}  ${one.address}  ${one.version ?? '-'}  ${one.status}`);
      return say(rows, lines.join('\n') || `there is no fleet in ${dir}; start one with: node fleet.mjs up`);
    }
    default:
      throw new Error(USAGE);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 2;
});
