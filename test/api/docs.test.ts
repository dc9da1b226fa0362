import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const page = readFileSync(path.join(__dirname, '../../docs/api.md'), 'utf8');
let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

describe('docs/api.md', () => {
  it('tells a story that works', async () => {
    const script = /<!-- story -->\n```sh\n([^]*?)```/.exec(page)?.[1] ?? '';
    // Tests share a Temporal server: this one's service is its own.
    const service = `story-${process.pid}`;
    const own = script
      .replaceAll('"service": "web"', `"service": "${service}"`)
      .replaceAll('service=web', `service=${service}`);
    const env = { ...process.env, API: api.url, ADMIN, REGISTRATION };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', own], { cwd: folder.path, env });
    expect(stdout).toContain('"next_heartbeat":"10s"');
    const { document } = await belay.control.status({ environment: 'staging', service });
    expect(document).toMatchObject({
      status: 'succeeded',
      release: { code_version: '1.5.0' },
      counts: { total: 1, succeeded: 1 },
      actor: 'dev',
    });
  });

  it('names every route of a message', () => {
    for (const word of [
      'abort',
      'rollback',
      'pause',
      'resume',
      'approve',
      'reject',
      'promote',
      'adjust',
      'retry',
      'skip',
    ]) {
      expect(page).toContain(`/${word}`);
    }
  });
});
