import { createHash, createHmac } from 'node:crypto';

/** Where a connection goes to, as known_hosts names it. */
export interface HostName {
  host: string;
  port: number;
}

/** One line of a known_hosts file that is about the host. */
export interface KnownKey {
  line: number;
  revoked: boolean;
  type: string;
  /** base64, as it stands in the file. */
  key: string;
}

export type HostVerdict =
  | { kind: 'known' }
  | { kind: 'unknown' }
  /** The host is listed with other keys only. */
  | { kind: 'changed'; lines: number[] }
  | { kind: 'revoked'; line: number };

const SSH_PORT = 22;

/**
 * What a known_hosts file says about the key that a host has shown. The rules are OpenSSH's: a host on a port of its
 * own is `[host]:port`; where that name isn't listed with this key, a line for the plain name with this very key counts.
 */
export function judgeHostKey(text: string, name: HostName, shown: Buffer): HostVerdict {
  const key = shown.toString('base64');
  const named = knownKeys(text, name);
  const plain = knownKeys(text, { ...name, port: SSH_PORT });
  const revoked = [...named, ...plain].find((each) => each.revoked && each.key === key);
  if (revoked !== undefined) return { kind: 'revoked', line: revoked.line };
  const valid = named.filter((each) => !each.revoked);
  if ([...valid, ...plain].some((each) => !each.revoked && each.key === key)) return { kind: 'known' };
  return valid.length === 0 ? { kind: 'unknown' } : { kind: 'changed', lines: valid.map(({ line }) => line) };
}

/** The lines about this host, in their order. Certificate authorities are left out: plain host keys only. */
export function knownKeys(text: string, { host, port }: HostName): KnownKey[] {
  const wanted = nameOf({ host, port });
  return text.split(/\r?\n/).flatMap((content, index): KnownKey[] => {
    const words = content.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [names = '', type, key] = words;
    if (names.startsWith('#') || type === undefined || key === undefined) return [];
    if (marker !== undefined && marker !== '@revoked') return [];
    return matches(names, wanted) ? [{ line: index + 1, revoked: marker !== undefined, type, key }] : [];
  });
}

/** `host`, or `[host]:port` where the port isn't ssh's own. */
export function nameOf({ host, port }: HostName): string {
  const name = host.toLowerCase();
  return port === SSH_PORT ? name : `[${name}]:${port}`;
}

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key in wire format begins with, like `ssh-ed25519`. */
export function typeOf(key: Buffer): string {
  if (key.length < 4) return 'unknown';
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

function matches(names: string, wanted: string): boolean {
  if (names.startsWith('|')) return hashMatches(names, wanted);
  const patterns = names.toLowerCase().split(',');
  const named = (pattern: string) => patternOf(pattern).test(wanted);
  if (patterns.some((each) => each.startsWith('!') && named(each.slice(1)))) return false;
  return patterns.some((each) => !each.startsWith('!') && named(each));
}

/** `|1|salt|hash`: the name's HMAC-SHA1. */
function hashMatches(names: string, wanted: string): boolean {
  const [, version, salt, hash] = names.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest('base64') === hash;
}

function patternOf(pattern: string): RegExp {
  const source = pattern.replace(/[\\^$.+()[\]{}|/-]/g, '\\$&');
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
