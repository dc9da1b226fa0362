import { readFile } from 'node:fs/promises';
import { createAgent, utils } from 'ssh2';

/** What a connection is opened with. It is read for each anew, and kept by nobody. */
export type Credentials = { privateKey: Buffer } | { agent: string };

/** Where a worker finds them. */
export interface KeySource {
  /** Absolute; absent: the agent's keys. */
  privateKeyFile: string | undefined;
  /** The socket of the worker's ssh-agent. */
  agent: string | undefined;
}

/** The credentials, or in words why there are none and what to do. */
export async function credentialsOf({ privateKeyFile: file, agent }: KeySource): Promise<Credentials | string> {
  if (file === undefined) return fromAgent(agent, 'driver.private_key_file is not given');
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    return `driver.private_key_file: ${file} ${whyUnread(error)}. Put it there, or correct driver.private_key_file.`;
  }
  const key = utils.parseKey(content);
  if (!(key instanceof Error)) {
    if (key.isPrivateKey()) return { privateKey: content };
    return `driver.private_key_file: ${file} holds a public key. Name the private one.`;
  }
  if (/encrypted|passphrase/i.test(key.message)) return fromAgent(agent, `${file} is encrypted`);
  return `driver.private_key_file: ${file} holds no private key that can be read: ${key.message}.`;
}

/** Why a file can't be read, to stand after its name. */
export function whyUnread(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by the worker';
  return `can't be read: ${message}`;
}

async function fromAgent(agent: string | undefined, why: string): Promise<Credentials | string> {
  const remedy =
    'Start the worker with the SSH_AUTH_SOCK of an ssh-agent that has the key (ssh-add), or name a private key without a passphrase in driver.private_key_file.';
  if (agent === undefined || agent === '')
    return `${why}, and SSH_AUTH_SOCK is not set in the worker's environment. ${remedy}`;
  const count = await identities(agent);
  if (count === undefined) return `${why}, and no ssh-agent answers at SSH_AUTH_SOCK (${agent}). ${remedy}`;
  if (count === 0) return `${why}, and the ssh-agent at SSH_AUTH_SOCK (${agent}) has no keys. ${remedy}`;
  return { agent };
}

function identities(agent: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    createAgent(agent).getIdentities((error, keys) => resolve(error ? undefined : (keys?.length ?? 0)));
  });
}
