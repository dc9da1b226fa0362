/** A HAProxy in front of the instances of one service, with the lines that Belay prints for it. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launch } from '../local-fleet/fleet/process.mjs';
import { answered } from './answered.mjs';

/** A socket's path may be this long, and HAProxy makes it under a longer name first. */
const LONGEST_SOCKET = 90;

/** Its files; `map` and `socket` are what a deployment.yaml names. */
export function haproxyFiles(folder) {
  const file = (name) => path.join(folder, name);
  return { folder, config: file('haproxy.cfg'), map: file('belay.map'), socket: file('admin.sock') };
}

/** Why it couldn't be started there; undefined: nothing. */
export function whyNoSocket({ socket }) {
  if (Buffer.byteLength(socket) <= LONGEST_SOCKET) return undefined;
  return `${socket} is too long for a socket: set BELAY_STATE_DIR to a shorter folder`;
}

/** Starts it, as a process that outlives this one, and waits until it serves. `backends` are of what is stable, and of the canary. */
export async function startHaproxy({ haproxy, libraries }, { files, address, lines, backends, instances }) {
  const { stable, canary } = backends;
  await mkdir(files.folder, { recursive: true });
  await writeFile(files.map, '');
  await writeFile(
    files.config,
    `global
    stats socket ${files.socket} mode 600 level admin
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
    retries 3
    option redispatch
frontend shop
    bind ${address}
${lines.map((line) => `    ${line}`).join('\n')}
${backend(stable, instances, '')}
${backend(canary, instances, ' disabled')}
`,
  );
  const env = libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') };
  const child = await launch(files.folder, [haproxy, '-db', '-f', files.config], env);
  await answered(`http://${address}/`, child, files.folder);
}

/** Every instance is in both; Belay enables each where it belongs. */
function backend(name, instances, options) {
  const servers = instances.map(
    ({ instance_id, address }) => `    server ${instance_id} ${address} check inter 500ms${options}`,
  );
  return [`backend ${name}`, '    option httpchk GET /health', ...servers].join('\n');
}
