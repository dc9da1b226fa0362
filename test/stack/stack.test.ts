import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClient, localTemporal } from '../../src/stack/connection';
import { examine } from '../../src/stack/doctor';
import { readEndpoints, type Endpoints } from '../../src/stack/endpoints';
import { isAlive } from '../../src/stack/processes';
import { ROOT } from '../../src/stack/state-dir';
import { whatRuns } from '../../src/stack/what-runs';

/** Hosts the stack of the built Belay until it is told to end. */
const HOST = `
const { startStack } = require(${JSON.stringify(join(ROOT, 'dist/stack/start.js'))});
startStack({ stateDir: process.env.BELAY_STATE_DIR, onTrouble: (text) => process.send({ trouble: text }) }).then((stack) => {
  process.on('SIGTERM', () => stack.stop().then(() => process.exit(0)));
  process.send({ hosted: stack.hosted });
}, (error) => { process.send({ error: error.message }); process.exit(1); });
`;

let stateDir: string;
const hosts: ChildProcess[] = [];

beforeAll(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'belay-stack-'));
});
afterAll(async () => {
  for (const host of hosts) host.kill('SIGKILL');
  for (const pid of pidsOf(stateDir)) process.kill(pid, 'SIGKILL');
  rmSync(stateDir, { recursive: true, force: true });
});

describe('a stack on this machine', () => {
  it('starts, is found, is looked after, outlives its host, and goes down whole', async () => {
    const first = await host();
    expect(first.hosted).toBe(true);
    const endpoints = await running();
    const looked = await examine({ ...process.env, BELAY_STATE_DIR: stateDir });
    expect(looked.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(looked.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['worker', 'search attributes', 'tables', 'clock']),
    );

    // A second one joins.
    const second = await host();
    expect(second.hosted).toBe(false);
    second.child.kill('SIGKILL');

    // The worker and the server come back, the server where it was.
    for (const part of ['dist/worker', 'start-dev']) {
      const [pid] = pidsOf(stateDir, part, first.child.pid);
      process.kill(pid!, 'SIGKILL');
      await first.trouble();
      await until(() => pidsOf(stateDir, part, first.child.pid).some((now) => now !== pid));
    }
    expect((await running()).temporal).toBe(endpoints.temporal);

    // Its servers outlive it, its worker doesn't; the next host takes them over.
    const servers = pidsOf(stateDir, 'start-dev');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(await whatRuns(stateDir)).toBeUndefined();
    const third = await host();
    expect(third.hosted).toBe(true);
    expect(pidsOf(stateDir, 'start-dev')).toEqual(servers);
    expect(await running()).toMatchObject({ temporal: endpoints.temporal, database_url: endpoints.database_url });

    third.child.kill('SIGTERM');
    await once(third.child, 'exit');
    expect(readEndpoints(stateDir)).toBeUndefined();
    await until(() => pidsOf(stateDir).length === 0);
  }, 60_000);
});

async function host(): Promise<{ child: ChildProcess; hosted: boolean; trouble(): Promise<void> }> {
  const child = spawn(process.execPath, ['-e', HOST], {
    env: { ...process.env, BELAY_STATE_DIR: stateDir },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  hosts.push(child);
  const [message] = (await once(child, 'message')) as [{ hosted?: boolean; error?: string }];
  if (message.hosted === undefined) throw new Error(message.error);
  return { child, hosted: message.hosted, trouble: async () => void (await once(child, 'message')) };
}

/** The endpoints, once the server answers there. */
async function running(): Promise<Endpoints> {
  const endpoints = await until(() => whatRuns(stateDir));
  const { connection } = await connectClient(localTemporal(endpoints.temporal, endpoints.namespace));
  await connection.close();
  return endpoints;
}

/** Processes that work for this state folder; `part` of their command lines. */
function pidsOf(dir: string, part = '', parent?: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && isAlive(pid))
    .filter((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(dir) && !commandOf(pid).includes(dir)) return false;
        return commandOf(pid).includes(part) && (parent === undefined || pid !== parent);
      } catch {
        return false;
      }
    });
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

/** Waits for something that comes about in other processes. */
async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 20_000; ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`not so after 20 s: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
