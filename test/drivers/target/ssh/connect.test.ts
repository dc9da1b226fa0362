import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { utils } from 'ssh2';
import { DriverRefusal } from '../../../../src/drivers/target/driver';
import type { SshDriver } from '../../../../src/drivers/target/ssh/driver';
import { Sshd } from '../../../support/sshd';
import { temporaryFolder } from '../../../support/files';
import { calm, change, instance } from '../fixtures';
import { TestAgent } from './agent';
import { Reach } from './fixtures';

const folder = temporaryFolder();
const stranger = utils.generateKeyPairSync('ed25519');
const STRANGER = folder.write('stranger', stranger.private);
const LOCKED = folder.write(
  'locked',
  utils.generateKeyPairSync('ed25519', { passphrase: 'correct horse', cipher: 'aes256-ctr', rounds: 4 }).private,
);

let sshd: Sshd;
let reach: Reach;

beforeAll(async () => {
  sshd = await Sshd.start();
  sshd.script('update.sh', 'echo fine');
});
beforeEach(() => {
  reach = new Reach(sshd);
});
afterEach(() => reach.close());
afterAll(() => sshd.stop());

const FINE = { kind: 'done', output: 'fine\n' };

async function reasonOf(it: SshDriver, over: Parameters<typeof instance>[0] = {}): Promise<string> {
  const answer = await it.change(change({ instance: instance(over) }), calm());
  expect(answer).toMatchObject({ kind: 'failed', output: '' });
  const reason = 'reason' in answer ? answer.reason : '';
  expect(reason).toMatch(/^update could not be started: /);
  return reason.replace('update could not be started: ', '');
}

/** A known_hosts file of these lines. */
let files = 0;
const known = (...lines: string[]) => folder.write(`known_${++files}`, `${lines.join('\n')}\n`);

describe('the host key', () => {
  const at = () => `[127.0.0.1]:${sshd.port}`;

  it('must be known', async () => {
    const file = known(`[127.0.0.1]:1 ${sshd.hostKey.public}`, `elsewhere ${sshd.hostKey.public}`);
    const before = sshd.logins();
    const reason = await reasonOf(reach.driver({ knownHostsFile: file }));
    expect(reason).toMatch(
      /^the host key that \[127\.0\.0\.1\]:\d+ shows \(ssh-ed25519 SHA256:[\w+/]{43}\) is not in /,
    );
    expect(reason).toContain(`run \`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${file}\` where the worker runs`);
    expect(sshd.logins()).toBe(before);
  });

  it('must be the one that is known', async () => {
    const file = known('# ours', `${at()} ${stranger.public}`);
    const reason = await reasonOf(reach.driver({ knownHostsFile: file }));
    expect(reason).toContain(
      `is not the one in ${file}, line 2: the host was installed anew, or somebody stands between`,
    );
    expect(reason).toContain(`ssh-keygen -f ${file} -R '${at()}'`);
  });

  it('must not be revoked', async () => {
    const file = known(`${at()} ${sshd.hostKey.public}`, `@revoked * ${sshd.hostKey.public}`);
    expect(await reasonOf(reach.driver({ knownHostsFile: file }))).toContain(`is marked @revoked in ${file}, line 2`);
  });

  it('is enough beside others', async () => {
    const rsa = utils.generateKeyPairSync('rsa', { bits: 2048 });
    const file = known(`${at()} ${rsa.public}`, `${at()} ${sshd.hostKey.public} comment here`);
    expect(await reach.driver({ knownHostsFile: file }).change(change(), calm())).toEqual(FINE);
  });
});

describe('there is no connection', () => {
  it('with a key that the host does not accept', async () => {
    expect(await reasonOf(reach.driver({ privateKeyFile: STRANGER }))).toBe(
      `[127.0.0.1]:${sshd.port} does not accept ${STRANGER} for the user ${sshd.user}; put its public half into ${sshd.user}'s authorized_keys there`,
    );
  });

  it('where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await reasonOf(reach.driver({ port }))).toBe(
      `connection refused by [127.0.0.1]:${port}: no ssh server listens there`,
    );
  });

  describe('where somebody listens who', () => {
    let server: Server;
    const serve = async (talk: Parameters<typeof createServer>[1]) => {
      server = createServer(talk).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    };
    afterEach(() => server.close());

    it('says nothing', async () => {
      const port = await serve(() => {});
      expect(await reasonOf(reach.driver({ port, connectTimeoutMs: 300 }))).toBe(
        `no ssh connection to [127.0.0.1]:${port} within 300ms`,
      );
    });

    it('says nothing, when it is aborted', async () => {
      const abort = new AbortController();
      const port = await serve(() => abort.abort(new Error('enough')));
      await expect(reach.driver({ port }).change(change(), abort.signal)).rejects.toThrow('enough');
    });

    it('hangs up', async () => {
      const port = await serve((socket) => socket.destroy());
      expect(await reasonOf(reach.driver({ port }))).toMatch(/^no ssh connection to |closed the connection before/);
    });

    it('speaks something else', async () => {
      const port = await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      expect(await reasonOf(reach.driver({ port }))).toMatch(/^no ssh connection to \[127\.0\.0\.1\]:\d+: /);
    });
  });

  it.each([
    [{ address: 'not a host' }, 'its address "not a host" is neither host:port nor a URL, so it names no host'],
    [{ address: undefined }, 'it has no address, which would name the host to connect to'],
  ])('for an instance with %j', async (over, words) => {
    expect(await reasonOf(reach.driver(), over as never)).toBe(words);
  });

  it('is unreachable to a look, which says the same', async () => {
    const health = { kind: 'command' as const, run: ['true'], timeoutMs: 60_000 };
    expect(await reach.driver({ health, privateKeyFile: STRANGER }).probe(instance(), calm())).toEqual({
      kind: 'unreachable',
      reason: expect.stringContaining('the health check could not be started: [127.0.0.1]:') as string,
    });
  });
});

describe('the host', () => {
  it.each(['http://127.0.0.1:1/base', '127.0.0.1', '127.0.0.1:9'])('is that of the address %s', async (address) => {
    expect(await reach.driver().change(change({ instance: instance({ address }) }), calm())).toEqual(FINE);
  });

  it('is that of a label, with its port', async () => {
    const it = reach.driver({ hostLabel: 'ssh', port: 1 });
    const labelled = instance({ address: '192.0.2.1:80', labels: { ssh: `127.0.0.1:${sshd.port}` } });
    expect(await it.change(change({ instance: labelled }), calm())).toEqual(FINE);
    expect(await reasonOf(it)).toBe('it has no label ssh, which would name the host to connect to');
  });
});

describe("the worker's ssh-agent", () => {
  let agent: TestAgent;
  beforeEach(async () => {
    agent = await TestAgent.start(folder.path, readFileSync(sshd.keyFile));
  });
  afterEach(() => agent.stop());

  it('is asked where no key is named, or it has a passphrase', async () => {
    const SSH_AUTH_SOCK = agent.socket;
    const { privateKeyFile: _, ...bare } = reach.spec();
    expect(await reach.driverOf(bare, { SSH_AUTH_SOCK }).change(change(), calm())).toEqual(FINE);
    const it = reach.driver({ privateKeyFile: LOCKED }, { SSH_AUTH_SOCK });
    await it.check();
    expect(await it.change(change(), calm())).toEqual(FINE);
  });
});

describe('check', () => {
  async function refusal(it: SshDriver): Promise<string> {
    const error: unknown = await it.check().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DriverRefusal);
    return (error as DriverRefusal).message;
  }

  it('is content with what is there, and touches no host', async () => {
    const before = sshd.connections();
    await expect(reach.driver({ env: { A: '${env:HOME}' } }, { HOME: '/x' }).check()).resolves.toBeUndefined();
    expect(sshd.connections()).toBe(before);
  });

  it('names all that lacks, and what to do', async () => {
    const it = reach.driver(
      {
        privateKeyFile: '~/gone',
        knownHostsFile: '/nowhere/known_hosts',
        env: { A: '${env:ONE}${env:TWO}' },
      },
      { HOME: folder.path },
    );
    const text = await refusal(it);
    expect(text).toContain(`driver.private_key_file: ${folder.path}/gone does not exist. Put it there`);
    expect(text).toContain('driver.known_hosts_file: /nowhere/known_hosts does not exist. Without it no host');
    expect(text).toContain("driver.env: ONE and TWO are not set in the worker's environment");
    expect(text).toContain('Nothing was touched');
  });

  it.each([
    ['a passphrase and no agent', LOCKED, {}, "is encrypted, and SSH_AUTH_SOCK is not set in the worker's environment"],
    [
      'a passphrase and an agent that is gone',
      LOCKED,
      { SSH_AUTH_SOCK: '/nowhere/agent' },
      'is encrypted, and no ssh-agent answers at SSH_AUTH_SOCK (/nowhere/agent)',
    ],
    ['no private half', folder.write('public', stranger.public), {}, 'holds a public key. Name the private one'],
    ['no key in it', folder.write('text', 'hello'), {}, 'holds no private key that can be read'],
  ])('refuses a key file with %s', async (_, privateKeyFile, environment, words) => {
    const text = await refusal(reach.driver({ privateKeyFile }, environment));
    expect(text).toContain(words);
    expect(text).not.toContain('BEGIN');
  });

  it('refuses a folder as a key', async () => {
    writeFileSync(`${folder.path}/x`, '');
    expect(await refusal(reach.driver({ privateKeyFile: folder.path }))).toContain("can't be read");
  });
});
