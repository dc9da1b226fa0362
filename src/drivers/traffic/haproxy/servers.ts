import { parseAddress } from '../../../domain/address';
import type { RoutedInstance } from '../driver';

/** What a server is told to be. */
export type ServerState = 'ready' | 'drain' | 'maint';

/** A server in a backend, from `show servers state`. */
export interface Server {
  backend: string;
  name: string;
  id: string;
  state: ServerState;
  /** Why it gets no requests although it is ready, where HAProxy has a reason of its own. */
  hindrance?: string;
  /** Whether HAProxy would give it requests: it is ready, and passes its checks. */
  up: boolean;
  /** `10.0.0.3:8080`, and as the configuration names it. */
  addresses: string[];
}

/** Bits of srv_admin_state: what it was told, and what else keeps it out. */
const FORCED_MAINT = 0x01;
const INHERITED_MAINT = 0x02;
const FORCED_DRAIN = 0x08;
const INHERITED_DRAIN = 0x10;
const UNRESOLVED = 0x20;

/** The servers of one backend; undefined where there is none of that name. */
export function serversIn(answer: string): Server[] | undefined {
  const [version, header, ...lines] = answer.split('\n');
  if (version !== '1' || header === undefined) return undefined;
  const columns = header.replace(/^# /, '').split(' ');
  return lines.map((line) => {
    const words = line.split(' ');
    const word = (column: string): string => words[columns.indexOf(column)] ?? '';
    return serverOf(word);
  });
}

function serverOf(word: (column: string) => string): Server {
  const admin = Number(word('srv_admin_state'));
  const hindrance = hindranceOf(admin);
  const state = admin & FORCED_MAINT ? 'maint' : admin & FORCED_DRAIN ? 'drain' : 'ready';
  const hosts = [word('srv_addr'), word('srv_fqdn')].filter((host) => host !== '-');
  return {
    backend: word('be_name'),
    name: word('srv_name'),
    id: word('srv_id'),
    state,
    up: state === 'ready' && hindrance === undefined && word('srv_op_state') !== '0',
    addresses: hosts.map((host) => `${host.includes(':') ? `[${host}]` : host}:${word('srv_port')}`),
    ...(hindrance === undefined ? {} : { hindrance }),
  };
}

function hindranceOf(admin: number): string | undefined {
  if (admin & INHERITED_MAINT) return 'it is in maintenance as the server that it tracks; give it a check of its own';
  if (admin & INHERITED_DRAIN) return 'it drains as the server that it tracks; give it a check of its own';
  if (admin & UNRESOLVED) return 'its name has no address';
  return undefined;
}

/** The server of an instance in each backend that has one: called as the instance is, or at its address. */
export function serversOf(instance: RoutedInstance, backends: readonly Server[][]): Server[] {
  const address = addressOf(instance);
  return backends.flatMap((servers) => {
    const found =
      servers.find(({ name }) => name === instance.name) ??
      servers.find(({ addresses }) => address !== undefined && addresses.includes(address));
    return found === undefined ? [] : [found];
  });
}

/** `host:port`, also of a base URL. */
function addressOf({ address }: RoutedInstance): string | undefined {
  if (address === undefined || parseAddress(address) !== undefined) return address;
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, port } = new URL(address);
  return hostname === '' ? undefined : `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

/** Requests that are under way at the servers or wait for them, from answers to `show stat`. */
export function underWay(answers: readonly string[]): number {
  return answers.reduce((sum, answer) => {
    const [header = '', ...lines] = answer.split('\n');
    const columns = header.replace(/^# /, '').split(',');
    const [sessions, queued] = [columns.indexOf('scur'), columns.indexOf('qcur')];
    return lines.reduce((all, line) => {
      const cells = line.split(',');
      return all + Number(cells[sessions] ?? 0) + Number(cells[queued] ?? 0);
    }, sum);
  }, 0);
}
