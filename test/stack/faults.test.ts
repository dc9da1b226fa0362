import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unreachable } from '../../src/control/errors';
import { localTemporal } from '../../src/stack/connection';
import { startStack } from '../../src/stack/start';
import { startPart } from '../../src/stack/part-process';

let stateDir: string;
let taken: Server | undefined;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'belay-faults-'));
});
afterEach(() => {
  taken?.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** Nothing is asked of these servers: the start fails before. */
const NAMED = { ...process.env, DATABASE_URL: 'postgres://127.0.0.1:1/none' };

async function fault(start: Promise<unknown>): Promise<Unreachable> {
  const error: unknown = await start.then(
    () => new Error('it started'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Unreachable)) throw error;
  return error;
}

/** Each is told as a server that can't be had, with what to look at, and not as something unexpected. */
describe('a stack that can’t start', () => {
  it('because its folder can’t be made', async () => {
    writeFileSync(join(stateDir, 'file'), '');
    const error = await fault(startStack({ stateDir: join(stateDir, 'file', 'state'), env: NAMED }));
    expect(error.message).toContain(join(stateDir, 'file', 'state'));
    expect(error.check.join()).toContain('BELAY_STATE_DIR');
  });

  it('because its PostgreSQL’s folder is damaged', async () => {
    mkdirSync(join(stateDir, 'postgres'));
    const env = { ...process.env, DATABASE_URL: '', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const error = await fault(startStack({ stateDir, env }));
    expect(error.message).toContain('password');
  });

  it('because a port is in use', async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const error = await fault(startStack({ stateDir, env: NAMED, ports: { temporal: port } }));
    expect(error.message).toContain(`Port ${port}`);
  });

  it('because its worker ends', async () => {
    const script = join(stateDir, 'worker.cjs');
    writeFileSync(script, 'process.exit(3)');
    const config = { temporal: localTemporal('127.0.0.1:1', 'default'), databaseUrl: 'postgres://x', taskQueue: 'q' };
    const error = await fault(startPart(stateDir, { kind: 'worker', config, script }));
    expect(error.message).toContain('exit code 3');
    expect(error.check.join()).toContain(join(stateDir, 'worker.log'));
  });
});
