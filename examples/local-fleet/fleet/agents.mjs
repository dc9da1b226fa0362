/** Instances that are looked after by agents: each an agent process, a folder, and an address of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freeAddress } from './address.mjs';
import { EXAMPLE } from './folder.mjs';
import { stop as stopServer } from './instance.mjs';
import { end, launch } from './process.mjs';
import { replaceFile } from './replace-file.mjs';

const UPDATE = path.join(EXAMPLE, 'update.sh');

/** One agent and its instance, in `<dir>/<name>`; the agent's own files are beside it, in `<dir>/<name>.agent`. */
export class AgentInstance {
  constructor({ dir, name, address, agent, api, token }) {
    Object.assign(this, { dir, name, address, agent, api, token });
    this.folder = path.join(dir, `${name}.agent`);
    this.log = path.join(this.folder, 'log');
  }

  /** `agent`: the command that runs one, as argv. */
  static async make(options, taken) {
    return new AgentInstance({ ...options, address: await freeAddress(taken) });
  }

  get instance() {
    return { instance_id: this.name, address: this.address };
  }

  /** All that the agent has said so far. */
  get said() {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
  }

  /** A process that outlives this one. */
  async start() {
    await mkdir(path.join(this.dir, this.name), { recursive: true });
    await mkdir(this.folder, { recursive: true });
    await writeFile(path.join(this.folder, 'token'), this.token, { mode: 0o600 });
    const file = path.join(this.folder, 'agent.yaml');
    await replaceFile(file, await this.agentYaml());
    const started = await launch(this.folder, [...this.agent, '--config', file]);
    started.once('exit', (code) => {
      if (code !== 0 && code !== null) this.fault = new Error(`the agent of ${this.name} ended: ${this.said.trim()}`);
    });
  }

  /** The agent alone, at once: what it has started goes on. */
  async kill() {
    await end(this.folder, 'SIGKILL');
  }

  async agentYaml() {
    const port = this.address.split(':')[1];
    const quoted = (text) => JSON.stringify(text);
    return (await readFile(path.join(EXAMPLE, 'agent.yaml'), 'utf8'))
      .replace(/^(#.*\n)+/, '')
      .replace('http://127.0.0.1:7080', quoted(this.api))
      .replace('name: shop-01', `name: ${this.name}`)
      .replace('install_dir: shop-01', `install_dir: ${quoted(path.join(this.dir, this.name))}`)
      .replace('./update.sh', quoted(UPDATE))
      .replace('FLEET_DIR: .', `FLEET_DIR: ${quoted(this.dir)}`)
      .replaceAll('8080', port);
  }
}

/** Ends the agents of a folder and the servers that they have started. */
export async function stopAgents(dir) {
  if (!existsSync(dir)) return;
  const folders = (await readdir(dir)).filter((name) => name.endsWith('.agent'));
  await Promise.all(folders.map((name) => end(path.join(dir, name))));
  await Promise.all(folders.map((name) => stopServer(dir, path.basename(name, '.agent'))));
}
