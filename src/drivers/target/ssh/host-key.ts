import { fingerprintOf, judgeHostKey, knownKeys, nameOf, typeOf, type HostName } from './known-hosts';

/** In the order of preference; what is known of a host comes before. SHA-1 signatures aren't taken. */
const ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

type Algorithm = (typeof ALGORITHMS)[number];

/** What to ask a host for: first the kinds of key that it is listed with, or it would show one that nobody has seen. */
export function algorithmsFor(knownHosts: string, name: HostName): Algorithm[] {
  const listed = [...knownKeys(knownHosts, name), ...knownKeys(knownHosts, { ...name, port: 22 })];
  const types = new Set(listed.filter(({ revoked }) => !revoked).map(({ type }) => type));
  const known = ALGORITHMS.filter((each) => types.has(each.startsWith('rsa-') ? 'ssh-rsa' : each));
  return [...known, ...ALGORITHMS.filter((each) => !known.includes(each))];
}

/**
 * Why a host isn't trusted with the key that it shows, and what to do; undefined: it is.
 * @param file where the known hosts were read from
 */
export function distrust(knownHosts: string, file: string, name: HostName, key: Buffer): string | undefined {
  const verdict = judgeHostKey(knownHosts, name, key);
  const shown = `the host key that ${nameOf(name)} shows (${typeOf(key)} ${fingerprintOf(key)})`;
  const scan = `ssh-keyscan ${name.port === 22 ? '' : `-p ${name.port} `}${name.host} >> ${file}`;
  switch (verdict.kind) {
    case 'known':
      return undefined;
    case 'unknown':
      return (
        `${shown} is not in ${file}, so nobody can tell whether it is the right host. ` +
        `Compare it with \`ssh-keygen -lf\` of the key in /etc/ssh on the host; if they are the same, run \`${scan}\` where the worker runs`
      );
    case 'changed':
      return (
        `${shown} is not the one in ${file}, line ${verdict.lines.join(', ')}: the host was installed anew, or somebody stands between. ` +
        `Only if you know why it changed, run \`ssh-keygen -f ${file} -R '${nameOf(name)}'\` and \`${scan}\` where the worker runs`
      );
    case 'revoked':
      return `${shown} is marked @revoked in ${file}, line ${verdict.line}: nobody may trust it any more. Give the host a new key`;
  }
}
