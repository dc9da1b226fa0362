import { readAgentFile } from '../../src/schemas/agent';
import { temporaryFolder } from '../support/files';
import { inputErrorOf } from '../support/rejection';

const folder = temporaryFolder();
const LEAST = `control_plane: { url: "https://belay.example:7443/" }
registration_token_file: token
name: web-03
state_dir: state
update: [./bin/restart]
health: { type: http, url: "http://127.0.0.1:8080/health?full=1" }
`;

let serial = 0;
const read = (text: string) => readAgentFile(folder.write(`agent-${serial++}.yaml`, text));

describe('an agent.yaml', () => {
  it('has every default, and paths that count from its folder', async () => {
    expect(await read(LEAST)).toEqual({
      file: expect.stringMatching(/agent-\d+\.yaml$/),
      controlPlane: { url: 'https://belay.example:7443' },
      registrationTokenFile: `${folder.path}/token`,
      name: 'web-03',
      ip: '127.0.0.1',
      labels: {},
      stateDir: `${folder.path}/state`,
      update: ['./bin/restart'],
      directory: folder.path,
      env: {},
      health: { kind: 'http', path: '/health?full=1', expectStatus: 200, connectTimeoutMs: 5_000, timeoutMs: 5_000 },
      healthAddress: 'http://127.0.0.1:8080',
      healthIntervalMs: 2_000,
      heartbeat: { intervalMs: 10_000, jitter: 0.2 },
      timeouts: { updateMs: 300_000, healthMs: 60_000 },
    });
  });

  it('says where releases go, and how large they may be', async () => {
    const { installation } = await read(`${LEAST}install_dir: web\nshared: [log, .env, log]\n`);
    expect(installation).toEqual({
      directory: `${folder.path}/web`,
      shared: ['log', '.env'],
      keepReleases: 5,
      maxBytes: 2 ** 30,
      maxUnpackedBytes: 2 ** 32,
      maxFiles: 100_000,
      downloadMs: 600_000,
    });
    const limits = 'artifact: { max_size: 5MiB, max_unpacked_size: 10KiB, max_files: 7 }\ntimeouts: { download: 5s }\n';
    expect(await read(`${LEAST}install_dir: web\nkeep_releases: 2\n${limits}`)).toMatchObject({
      installation: {
        keepReleases: 2,
        maxBytes: 5 * 2 ** 20,
        maxUnpackedBytes: 10 * 2 ** 10,
        maxFiles: 7,
        downloadMs: 5_000,
      },
    });
  });

  it.each([
    [
      'an address without http',
      ['https://belay', 'belay'],
      '1:23: control_plane.url is "belay.example:7443/"; write an address',
    ],
    ['a password in an address', ['https://', 'https://ann:secret@'], 'control_plane.url is'],
    ['a name that is none', ['name: web-03', 'name: "web 03"'], '3:7: name is "web 03"'],
    ['a command as a text', ['[./bin/restart]', './bin/restart'], '5:9: update is'],
    ['a key that is misspelt', ['state_dir', 'statedir'], '4:1: unknown key "statedir"; did you mean "state_dir"?'],
    [
      'a size without a unit',
      ['state_dir: state', 'state_dir: state\nartifact: { max_size: 100 }'],
      'artifact.max_size is 100; write a size like 500MiB',
    ],
    [
      'a path that is shared',
      ['state_dir: state', 'state_dir: state\ninstall_dir: /srv\nshared: [log, a/b]'],
      'shared[1] is "a/b"; write the name of one file or folder',
    ],
    [
      'too few releases to go back',
      ['state_dir: state', 'state_dir: state\nkeep_releases: 1'],
      'keep_releases is 1; write a whole number from 2',
    ],
    [
      'something shared and nowhere to link it',
      ['state_dir: state', 'state_dir: state\nshared: [log]'],
      'there is no install_dir',
    ],
    ['a health check of no kind', ['type: http', 'type: tcp'], 'health.type is "tcp"; write one of http, command'],
    [
      'a jitter that is a number',
      ['name: web-03', 'name: web-03\nheartbeat: { jitter: 0.2 }'],
      'heartbeat.jitter is 0.2; write a percent',
    ],
    ['a certificate that is not there', ['7443/"', '7443/", ca_file: nope.pem'], "nope.pem: doesn't exist"],
  ] as const)('is refused for %s', async (_, [from, to], message) => {
    expect(await inputErrorOf(read(LEAST.replace(from, to)))).toContain(message);
  });
});
