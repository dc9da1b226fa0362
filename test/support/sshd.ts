import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, realpath } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { utils } from 'ssh2';
import { killAll, processesOf } from '../kill/processes';

const FINDER = join(__dirname, '../../scripts/find-sshd.mjs');
/** `nobody`: root's tests run the server as somebody who may do nothing else. */
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

interface Parts {
  sshd: string;
  libraries: string[];
  session?: string;
  auth?: string;
  wrapper?: string;
}

/** A real ssh server on a port of its own, with keys, configuration and a home of its own, for one test file. */
export class Sshd {
  readonly user = IS_ROOT ? 'belay' : userInfo().username;
  readonly hostKey = utils.generateKeyPairSync('ed25519');
  private readonly userKey = utils.generateKeyPairSync('ed25519');
  private child: ChildProcess | undefined;
  private at = 0;

  private constructor(
    readonly folder: string,
    private readonly parts: Parts,
    private readonly programs: string[] | undefined,
  ) {}

  /** @param programs all that is on the host's PATH; absent: what this machine has */
  static async start({ programs }: { programs?: string[] } = {}): Promise<Sshd> {
    const { stdout } = await promisify(execFile)(process.execPath, [FINDER]);
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'belay-sshd-')));
    const sshd = new Sshd(folder, reachable(JSON.parse(stdout) as Parts, folder), programs);
    try {
      sshd.furnish();
      await sshd.listen();
      return sshd;
    } catch (error) {
      await sshd.stop();
      throw error;
    }
  }

  get port(): number {
    return this.at;
  }

  /** Where commands run, unless they are told another folder. */
  get home(): string {
    return this.file('home');
  }

  get keyFile(): string {
    return this.file('user_key');
  }

  get knownHosts(): string {
    return this.file('known_hosts');
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** How many connections have logged in so far. */
  logins(): number {
    return this.log().split('Accepted publickey').length - 1;
  }

  /** How many were opened, logged in or not. */
  connections(): number {
    return this.log().split('Connection from').length - 1;
  }

  private log(): string {
    return readFileSync(this.file('log'), 'utf8');
  }

  /** Processes that run there with this command line. */
  running(command: string): number[] {
    return processesOf(this.folder).flatMap((each) => (each.command === command ? [each.pid] : []));
  }

  /** Writes a script to the host, that its user may run. */
  script(path: string, body: string): void {
    const file = join(this.home, path);
    mkdirSync(dirname(file), { recursive: true });
    if (IS_ROOT) chownSync(dirname(file), NOBODY, NOBODY);
    writeFileSync(file, `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(file, 0o755);
  }

  /** Writes a file to the host. */
  put(path: string, content: string): void {
    writeFileSync(join(this.home, path), content);
  }

  /** Ends it with all that its sessions left, and removes its files. */
  async stop(): Promise<void> {
    this.child?.kill('SIGKILL');
    await killAll(processesOf(this.folder));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private furnish(): void {
    mkdirSync(this.home);
    this.secret('host_key', this.hostKey.private);
    this.secret('user_key', this.userKey.private);
    writeFileSync(this.file('authorized_keys'), `${this.userKey.public}\n`);
    mkdirSync(this.file('bin'));
    for (const program of this.programs ?? []) symlinkSync(`/bin/${program}`, this.file(`bin/${program}`));
    // Only root needs them.
    writeFileSync(this.file('passwd'), `${this.user}:x:${NOBODY}:${NOBODY}::${this.home}:/bin/sh\n`);
    writeFileSync(this.file('group'), `${this.user}:x:${NOBODY}:\n`);
    if (IS_ROOT) for (const file of ['', 'home', 'host_key']) chownSync(this.file(file), NOBODY, NOBODY);
  }

  private secret(name: string, content: string): void {
    writeFileSync(this.file(name), content, { mode: 0o600 });
  }

  /** Somebody may take the port that was free just now. */
  private async listen(): Promise<void> {
    for (let turn = 0; ; turn++) {
      this.at = await freePort();
      writeFileSync(this.file('config'), this.config());
      const { sshd, libraries, wrapper } = this.parts;
      const log = openSync(this.file('log'), 'w');
      this.child = spawn(sshd, ['-D', '-e', '-f', this.file('config')], {
        stdio: ['ignore', 'ignore', log],
        env: {
          ...process.env,
          ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }),
          ...(wrapper === undefined
            ? {}
            : {
                LD_PRELOAD: wrapper,
                NSS_WRAPPER_PASSWD: this.file('passwd'),
                NSS_WRAPPER_GROUP: this.file('group'),
              }),
        },
        ...(IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}),
      });
      closeSync(log);
      if (await this.listens(this.child)) break;
      if (turn === 3) throw new Error(`sshd doesn't start: ${this.log()}`);
    }
    writeFileSync(this.knownHosts, `[127.0.0.1]:${this.at} ${this.hostKey.public}\n`);
  }

  private async listens(child: ChildProcess): Promise<boolean> {
    const ended = once(child, 'exit');
    for (;;) {
      if (this.log().includes(`listening on 127.0.0.1 port ${this.at}.`)) return true;
      const over = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 10, 'waiting'))]);
      if (over !== 'waiting') return false;
    }
  }

  private config(): string {
    const { session, auth } = this.parts;
    const { BELAY_RUN_ID: run } = process.env;
    const variables = [
      ...(run === undefined ? [] : [`BELAY_RUN_ID=${run}`]),
      ...(this.programs === undefined ? [] : [`PATH=${this.file('bin')}`]),
    ];
    return `ListenAddress 127.0.0.1:${this.at}
HostKey ${this.file('host_key')}
AuthorizedKeysFile ${this.file('authorized_keys')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel VERBOSE
${variables.length === 0 ? '' : `SetEnv ${variables.join(' ')}\n`}${
      session === undefined ? '' : `SshdSessionPath ${session}\nPerSourcePenalties no\n`
    }${auth === undefined ? '' : `SshdAuthPath ${auth}\n`}`;
  }
}

/** Nobody can't look into root's cache: what comes from there is copied. */
function reachable(parts: Parts, folder: string): Parts {
  const [library] = parts.libraries;
  if (!IS_ROOT || library === undefined) return parts;
  const tree = library.slice(0, library.lastIndexOf('/usr/lib'));
  const copy = join(folder, 'openssh');
  cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
  const there = (file: string) => (file.startsWith(`${tree}/`) ? join(copy, relative(tree, file)) : file);
  return Object.fromEntries(
    Object.entries(parts).map(([key, value]: [string, string | string[]]) => [
      key,
      typeof value === 'string' ? there(value) : value.map(there),
    ]),
  ) as unknown as Parts;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
