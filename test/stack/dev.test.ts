import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive } from '../../src/stack/processes';
import { ROOT } from '../../src/stack/state-dir';
import { listens, whatRuns } from '../../src/stack/what-runs';

let stateDir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'belay-dev-'));
});
afterEach(() => {
  if (child?.pid !== undefined && isAlive(child.pid)) child.kill('SIGKILL');
  rmSync(stateDir, { recursive: true, force: true });
});

describe('belay dev', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('goes down whole on %s', async (signal) => {
    const lines = dev();
    const web = await saying(lines, /Web UI +(http:\S+)/);
    expect(await (await fetch(web)).text()).toContain('<html');
    const api = await saying(lines, /API +(http:\S+)/);
    const endpoints = await whatRuns(stateDir);
    await saying(lines, /Ctrl-C stops it/);
    expect((await fetch(`${api}/readyz`)).status).toBe(200);
    expect(await statusOf(`${api}/inventory/instances`, endpoints!.tokens!.admin)).toBe(200);
    expect(await statusOf(`${api}/inventory/instances`, endpoints!.tokens!.registration)).toBe(401);
    child!.kill(signal);
    const [code] = (await once(child!, 'exit')) as [number];
    expect(code).toBe(0);
    expect(await whatRuns(stateDir)).toBeUndefined();
    for (const address of [
      endpoints!.temporal,
      new URL(endpoints!.database_url).host,
      new URL(web).host,
      new URL(api).host,
    ]) {
      expect(await listens(address)).toBe(false);
    }
  });

  it('leaves nothing when it is interrupted while it starts', async () => {
    const lines = dev();
    await saying(lines, /^(PostgreSQL|Temporal):/);
    child!.kill('SIGINT');
    const [code] = (await once(child!, 'exit')) as [number];
    expect(code).toBe(130);
    expect(await whatRuns(stateDir)).toBeUndefined();
  });
});

function dev(): AsyncIterator<string> {
  child = spawn(process.execPath, [join(ROOT, 'dist/client.js'), 'dev'], {
    env: { ...process.env, BELAY_STATE_DIR: stateDir },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  return createInterface(child.stderr!)[Symbol.asyncIterator]();
}

async function statusOf(url: string, token: string): Promise<number> {
  return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
}

/** The first group of the line that matches, once it is printed. */
async function saying(lines: AsyncIterator<string>, pattern: RegExp): Promise<string> {
  const seen: string[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true)
      throw new Error(`ended (${child?.exitCode ?? child?.signalCode}) without ${pattern}:\n${seen.join('\n')}`);
    seen.push(value);
    const match = pattern.exec(value);
    if (match !== null) return match[1] ?? value;
  }
}
