import { createHmac, randomBytes } from 'node:crypto';
import { utils } from 'ssh2';
import { algorithmsFor } from '../../../../src/drivers/target/ssh/host-key';
import { fingerprintOf, judgeHostKey, typeOf } from '../../../../src/drivers/target/ssh/known-hosts';

const ours = utils.generateKeyPairSync('ed25519').public;
const other = utils.generateKeyPairSync('ed25519').public;
const shown = Buffer.from(ours.split(' ')[1] ?? '', 'base64');

const hashed = (name: string) => {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};

const verdict = (text: string, host = 'web.example', port = 22) => judgeHostKey(text, { host, port }, shown);
const KNOWN = { kind: 'known' };
const UNKNOWN = { kind: 'unknown' };

it.each<[string, string, number, object]>([
  [`web.example ${ours}`, 'web.example', 22, KNOWN],
  [`web.example ${ours}`, 'WEB.Example', 22, KNOWN],
  [`a,web.example,b ${ours} somebody@somewhere`, 'web.example', 22, KNOWN],
  [`*.example ${ours}`, 'web.example', 22, KNOWN],
  [`we?.example ${ours}`, 'web.example', 22, KNOWN],
  [`*.example,!web.example ${ours}`, 'web.example', 22, UNKNOWN],
  [`webxexample ${ours}`, 'web.example', 22, UNKNOWN],
  [`web.example ${ours}`, 'webxexample', 22, UNKNOWN],
  [`[web.example]:2222 ${ours}`, 'web.example', 2222, KNOWN],
  [`[web.example]:2222 ${ours}`, 'web.example', 22, UNKNOWN],
  [`[web.example]:2222 ${ours}`, 'web.example', 2223, UNKNOWN],
  // As OpenSSH does: the plain name counts on other ports, but only with the very key.
  [`web.example ${ours}`, 'web.example', 2222, KNOWN],
  [`web.example ${other}`, 'web.example', 2222, UNKNOWN],
  [`2001:db8::1 ${ours}`, '2001:db8::1', 22, KNOWN],
  [`[2001:db8::1]:2222 ${ours}`, '2001:db8::1', 2222, KNOWN],
  [`${hashed('web.example')} ${ours}`, 'web.example', 22, KNOWN],
  [`${hashed('[web.example]:2222')} ${ours}`, 'web.example', 2222, KNOWN],
  [`${hashed('elsewhere')} ${ours}`, 'web.example', 22, UNKNOWN],
  [`|1|nonsense ${ours}`, 'web.example', 22, UNKNOWN],
  [`web.example ${other}`, 'web.example', 22, { kind: 'changed', lines: [1] }],
  [`web.example ${other}\n\nweb.example ${ours}`, 'web.example', 22, KNOWN],
  [`@revoked * ${ours}\nweb.example ${ours}`, 'web.example', 22, { kind: 'revoked', line: 1 }],
  [`@revoked web.example ${ours}`, 'web.example', 2222, { kind: 'revoked', line: 1 }],
  [`@revoked web.example ${other}\nweb.example ${ours}`, 'web.example', 22, KNOWN],
  [`@revoked web.example ${other}`, 'web.example', 22, UNKNOWN],
  [`@cert-authority *.example ${ours}`, 'web.example', 22, UNKNOWN],
  [`# web.example ${ours}`, 'web.example', 22, UNKNOWN],
  ['web.example', 'web.example', 22, UNKNOWN],
  ['', 'web.example', 22, UNKNOWN],
])('%j, host %s, port %d: %j', (text, host, port, expected) => {
  expect(verdict(`${text}\r\n`, host, port)).toEqual(expected);
});

it('asks a host first for the kinds of key that it is known by', () => {
  const rsa = utils.generateKeyPairSync('rsa', { bits: 2048 }).public;
  expect(algorithmsFor(`web.example ${rsa}`, { host: 'web.example', port: 22 }).slice(0, 3)).toEqual([
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-ed25519',
  ]);
  expect(algorithmsFor('', { host: 'web.example', port: 22 })[0]).toBe('ssh-ed25519');
});

it('names a key as ssh-keygen does', () => {
  const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl', 'base64');
  expect(fingerprintOf(key)).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
  expect(typeOf(key)).toBe('ssh-ed25519');
});
