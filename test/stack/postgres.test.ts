import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../src/stack/postgres';
import { asUser, ordinaryUser } from '../../src/stack/postgres-account';
import { findPostgresBinaries } from '../../src/stack/postgres-binaries';
import { isAlive } from '../../src/stack/postgres-process';

let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'belay-postgres-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

describe('the embedded PostgreSQL', () => {
  it('starts, answers only with the password, keeps its data, and stops', async () => {
    const first = await startPostgres({ stateDir });
    expect(first.adopted).toBe(false);
    await query(first.url, 'create table kept (x int)');
    await expect(query(first.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow('password');
    expect(statSync(join(stateDir, 'postgres/password')).mode & 0o777).toBe(0o600);
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await startPostgres({ stateDir });
    await query(second.url, 'select * from kept');
    await second.stop();
  });

  it('is adopted after its host was killed, and ends in order then', async () => {
    const host = startHost({ stateDir });
    const started = await host.started;
    host.child.kill('SIGKILL');
    await once(host.child, 'exit');

    const adopted = await startPostgres({ stateDir });
    expect(adopted).toMatchObject({ pid: started.pid, url: started.url, adopted: true });
    await adopted.stop();
    expect(isAlive(adopted.pid)).toBe(false);
  });

  it('is one, when two start it at once', async () => {
    const both = await Promise.all([startPostgres({ stateDir }), startPostgres({ stateDir })]);
    expect(both[0].pid).toBe(both[1].pid);
    expect(both.map((each) => each.adopted).sort()).toEqual([false, true]);
    await both[0].stop();
  });

  it('says that the port it was given is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(startPostgres({ stateDir, port })).rejects.toThrow(`port ${port} is in use`);
    server.close();
  });

  (process.platform === 'linux' ? it : it.skip)('starts where a dead one was never reaped', async () => {
    const first = await startPostgres({ stateDir });
    process.kill(first.pid, 'SIGKILL');
    // Its parent becomes another program, which asks for nobody's end.
    const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [zombie] = (await once(parent.stdout, 'data')) as [Buffer];
    const file = join(stateDir, 'postgres/data/postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(zombie).trim()));
    const second = await startPostgres({ stateDir });
    expect(second.adopted).toBe(false);
    await query(second.url, 'select 1');
    await second.stop();
    parent.kill('SIGKILL');
  });

  it('dies with its host and leaves nothing, when it is a throwaway', async () => {
    const host = startHost({ stateDir, throwaway: true });
    const started = await host.started;
    const client = new Client({ connectionString: started.url });
    const gone = once(client, 'error');
    await client.connect();
    host.child.kill('SIGKILL');
    await gone;
  });

  const root = process.getuid?.() === 0;
  const postgres = root ? ordinaryUser(['postgres', 'nobody']) : undefined;
  (postgres === undefined ? it.skip : it)('runs from a copy as another user, where root has no user namespaces', () => {
    // mkdtemp made the folder for root only.
    execFileSync('chmod', ['755', stateDir]);
    const account = asUser(findPostgresBinaries(), stateDir, postgres);
    const [program, args] = account.command(account.binaries.initdb, ['-D', join(stateDir, 'data'), '--no-sync']);
    execFileSync(program, args, { ...account.spawn, cwd: '/', env: { LC_ALL: 'C' } });
    expect(statSync(join(stateDir, 'data')).uid).toBe(postgres!.uid);
  });
  (postgres === undefined ? it.skip : it)('says what to do when the other user has no way to the folder', () => {
    const folder = join(stateDir, 'closed', 'postgres');
    execFileSync('mkdir', ['-p', '-m', '700', join(stateDir, 'closed'), folder]);
    execFileSync('chmod', ['700', join(stateDir, 'closed')]);
    expect(() => asUser(findPostgresBinaries(), folder, postgres)).toThrow('Set BELAY_STATE_DIR');
  });
});

/** A process of its own that starts PostgreSQL and then only waits. */
function startHost(options: { stateDir: string; throwaway?: boolean }) {
  const source = `
    require('tsx/cjs');
    const { startPostgres } = require(${JSON.stringify(join(__dirname, '../../src/stack/postgres'))});
    startPostgres(${JSON.stringify(options)}).then((server) => {
      process.stdout.write(JSON.stringify(server) + '\\n');
      setInterval(() => {}, 1000);
    });`;
  const child = spawn(process.execPath, ['-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: join(__dirname, '../..'),
  });
  const started = once(child.stdout, 'data').then(([line]) => JSON.parse(String(line)) as { pid: number; url: string });
  return { child, started };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
