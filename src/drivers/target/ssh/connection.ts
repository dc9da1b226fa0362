import { readFile } from 'node:fs/promises';
import { Client } from 'ssh2';
import { durationText } from '../../../domain/duration';
import { timerMs } from '../../../domain/timer';
import { credentialsOf, whyUnread, type KeySource } from './credentials';
import { algorithmsFor, distrust } from './host-key';
import { nameOf, type HostName } from './known-hosts';

/** All that makes one connection another than the next. */
export interface Destination extends HostName, KeySource {
  /** The instance that it is for: each has a connection of its own. */
  instance: string;
  user: string;
  knownHostsFile: string;
  connectTimeoutMs: number;
}

/** Why there is no connection, in words for a person. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
}

/** A dead host is noticed after three of these. */
const KEEPALIVE_MS = 5_000;

/** An open connection, and why it was lost, once it is. */
export class Connection {
  /** Resolves when it is closed, by whichever side. */
  readonly closed: Promise<void>;
  private fault: Error | undefined;

  constructor(
    readonly client: Client,
    readonly to: Destination,
  ) {
    client.on('error', (error) => (this.fault ??= error));
    this.closed = new Promise((resolve) => client.once('close', () => resolve()));
  }

  /** `the connection to 10.0.0.1 was lost: …` */
  lostWords(): string {
    return `the connection to ${nameOf(this.to)} was lost: ${this.fault === undefined ? 'the host closed it' : brief(this.fault)}`;
  }

  /** Takes its leave, when nobody uses it any more. */
  end(): void {
    this.client.end();
  }

  /** Drops it at once, whatever is under way. */
  drop(): void {
    this.client.destroy();
  }
}

/** Opens a connection to a host that shows a known key; throws NoConnection, or the signal's reason when aborted. */
export async function connect(to: Destination, signal: AbortSignal): Promise<Connection> {
  const [knownHosts, credentials] = await Promise.all([knownHostsIn(to.knownHostsFile), credentialsOf(to)]);
  if (typeof credentials === 'string') throw new NoConnection(credentials);
  signal.throwIfAborted();
  const client = new Client();
  const connection = new Connection(client, to);
  let distrusted: string | undefined;
  return new Promise((resolve, reject) => {
    const give = (why: unknown) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      reject(why instanceof Error ? why : new Error(String(why)));
      client.destroy();
    };
    const abort = () => give(signal.reason);
    const late = () =>
      give(new NoConnection(`no ssh connection to ${nameOf(to)} within ${durationText(to.connectTimeoutMs)}`));
    const timer = setTimeout(late, timerMs(to.connectTimeoutMs));
    signal.addEventListener('abort', abort, { once: true });
    client.once('error', (error) => give(new NoConnection(distrusted ?? faultWords(error, to))));
    client.once('close', () => give(new NoConnection(`${nameOf(to)} closed the connection before it was ready`)));
    client.once('ready', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(connection);
    });
    client.connect({
      host: to.host,
      port: to.port,
      username: to.user,
      ...credentials,
      algorithms: { serverHostKey: algorithmsFor(knownHosts, to) },
      hostVerifier: (key: Buffer) => {
        distrusted = distrust(knownHosts, to.knownHostsFile, to, key);
        return distrusted === undefined;
      },
      // The timer above is the one: it also bounds the name's resolution.
      readyTimeout: 0,
      keepaliveInterval: KEEPALIVE_MS,
    });
  });
}

async function knownHostsIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new NoConnection(`driver.known_hosts_file: ${file} ${whyUnread(error)}`);
  }
}

function faultWords(error: Error & { level?: string; code?: string }, to: Destination): string {
  const name = nameOf(to);
  if (error.level === 'client-authentication') {
    const shown = to.privateKeyFile ?? "any key of the worker's ssh-agent";
    return `${name} does not accept ${shown} for the user ${to.user}; put its public half into ${to.user}'s authorized_keys there`;
  }
  switch (error.code) {
    case 'ECONNREFUSED':
      return `connection refused by ${name}: no ssh server listens there`;
    case 'ENOTFOUND':
      return `no such host: ${to.host}`;
    case 'EAI_AGAIN':
      return `the name ${to.host} can't be resolved at the moment`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no route to ${name}`;
    default:
      return `no ssh connection to ${name}: ${brief(error)}`;
  }
}

function brief({ message }: Error): string {
  return message === 'Keepalive timeout' ? `no answer for ${durationText(3 * KEEPALIVE_MS)}` : message;
}
