/** Instances that are looked after by agents: each an agent process, a folder, and an address of its own. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { freeAddress } from './address.mjs';
import { EXAMPLE } from './folder.mjs';
import { stop as stopServer } from './instance.mjs';
import { replaceFile } from './replace-file.mjs';

const run = promisify(execFile);
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
    const log = await open(this.log, 'a');
    const [command, ...args] = this.agent;
    const started = spawn(command, [...args, '--config', file], { stdio: ['ignore', log.fd, log.fd], detached: true });
    await log.close();
    await writeFile(path.join(this.folder, 'pid'), String(started.pid));
    started.unref();
    started.once('exit', (code) => {
      if (code !== 0 && code !== null) this.fault = new Error(`the agent of ${this.name} ended: ${this.said.trim()}`);
    });
  }

  /** The agent alone, at once: what it has started goes on. */
  async kill() {
    await endAgent(this.folder, 'SIGKILL');
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
  await Promise.all(folders.map((name) => endAgent(path.join(dir, name), 'SIGTERM')));
  await Promise.all(folders.map((name) => stopServer(dir, path.basename(name, '.agent'))));
}

async function endAgent(folder, signal) {
  const pid = Number(await readFile(path.join(folder, 'pid'), 'utf8').catch(() => '0'));
  // The number may be another process's by now.
  const isAgent = async () => {
    const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.includes(folder);
  };
  if (pid === 0 || !(await isAgent())) return;
  process.kill(pid, signal);
  for (let tries = 0; await isAgent(); tries++) {
    if (tries === 200) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
