import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/stack/ports';
import { isAlive } from '../../src/stack/processes';
import { ROOT } from '../../src/stack/state-dir';
import { listens, whatRuns } from '../../src/stack/what-runs';

let stateDir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  stateDir = realpathSync(mkdtempSync(join(tmpdir(), 'belay-dev-')));
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

  it('is as its belay.yaml says, and has the same tokens at each start', async () => {
    const [port, workerPort] = [await freePort(), await freePort()];
    const config = join(stateDir, 'belay.yaml');
    writeFileSync(
      config,
      `listen: { port: ${port} }
metrics: { worker: "127.0.0.1:${workerPort}" }
artifacts: { dir: kept }
registration: { token_env: THE_TOKEN }
`,
    );
    const seen: unknown[] = [];
    for (let start = 0; start < 2; start++) {
      const lines = dev(['--config', config], { THE_TOKEN: 'whoever-has-this-may-register' });
      expect(await saying(lines, /API +(http:\S+)/)).toBe(`http://127.0.0.1:${port}`);
      await saying(lines, /Ctrl-C stops it/);
      expect((await fetch(`http://127.0.0.1:${workerPort}/metrics`)).status).toBe(200);
      const { tokens, artifacts } = (await whatRuns(stateDir))!;
      expect(tokens!.registration).toBe('whoever-has-this-may-register');
      expect(artifacts!.dir).toBe(join(stateDir, 'kept'));
      expect(await statusOf(`http://127.0.0.1:${port}/inventory/instances`, tokens!.admin)).toBe(200);
      seen.push(tokens);
      child!.kill('SIGINT');
      await once(child!, 'exit');
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(statSync(join(stateDir, 'dev-tokens.json')).mode & 0o777).toBe(0o600);
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

function dev(args: string[] = [], env: NodeJS.ProcessEnv = {}): AsyncIterator<string> {
  child = spawn(process.execPath, [join(ROOT, 'dist/client.js'), 'dev', ...args], {
    env: { ...process.env, BELAY_STATE_DIR: stateDir, ...env },
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
