import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropEndpoints, readEndpoints, writeEndpoints } from '../../src/stack/endpoints';
import { stateDirOf, ROOT } from '../../src/stack/state-dir';
import { whatRuns } from '../../src/stack/what-runs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-endpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const endpoints = (host: number) => ({
  temporal: '127.0.0.1:1',
  namespace: 'default',
  web_ui: null,
  database_url: 'postgres://belay:secret@127.0.0.1:2/belay',
  task_queue: 'belay',
  host,
  started_at: '2026-01-01T00:00:00.000Z',
});

describe('endpoints.json', () => {
  it('is for its owner only, and goes with the host that wrote it', () => {
    writeEndpoints(folder, endpoints(7));
    expect(readEndpoints(folder)).toEqual(endpoints(7));
    expect(statSync(join(folder, 'endpoints.json')).mode & 0o777).toBe(0o600);
    dropEndpoints(folder, 8);
    expect(readEndpoints(folder)).toBeDefined();
    dropEndpoints(folder, 7);
    expect(readEndpoints(folder)).toBeUndefined();
  });

  it('tells of nothing when it is damaged, or its host or server is gone', async () => {
    writeFileSync(join(folder, 'endpoints.json'), '{"temporal":');
    expect(readEndpoints(folder)).toBeUndefined();
    writeEndpoints(folder, endpoints(2_147_483_646));
    expect(await whatRuns(folder)).toBeUndefined();
    writeEndpoints(folder, endpoints(process.pid));
    expect(await whatRuns(folder)).toBeUndefined();
  });
});

describe('the state folder', () => {
  it('is the given one, relative to where the command was typed, else the checkout’s', () => {
    expect(stateDirOf({ BELAY_STATE_DIR: 'state', INIT_CWD: '/typed/here' })).toBe('/typed/here/state');
    expect(stateDirOf({})).toBe(join(ROOT, '.belay'));
  });
});
