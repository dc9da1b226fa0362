import { resolve } from 'node:path';
import { z } from 'zod';
import type { SshDriverSpec } from '../../domain';
import { isPrintable } from '../../domain/said';
import { object } from '../object';
import { converted, integer, line, positiveDuration } from '../scalars';
import { argv, env, healthCheck, requiredHealth } from './command-parts';

/** Variables that some shells refuse to set: a host's wrapper would end there. */
const SHELLS_OWN = /^(UID|EUID|PPID|SHELLOPTS|BASHOPTS|BASH_VERSINFO)$/;

const remoteEnv = env.superRefine((values, context) => {
  for (const key of Object.keys(values).filter((each) => SHELLS_OWN.test(each))) {
    context.addIssue({ code: 'custom', path: [key], message: 'is a variable that shells keep; choose another name' });
  }
});

const remoteFolder = converted('path', 'write a path on the host that starts with / or ~/, like /srv/web', (text) =>
  /^(~$|~\/|\/)/.test(text) && isPrintable(text) ? text : undefined,
);

const loginName = converted('name', 'write the name of a user on the hosts, like deploy', (text) =>
  /^[^\s\0:@/-][^\s\0:@/]{0,255}$/.test(text) && isPrintable(text) ? text : undefined,
);

const file = (right: string) => line(right, 4096).meta({ type: 'path' });

export const sshDriver = object(
  {
    type: z
      .literal('ssh')
      .describe("Each change is one run of a command on the instance's host, over ssh. See [ssh](ssh.md)."),
    update: argv().describe(
      'argv, run once per instance on its host, without a shell; a relative path counts from `directory`.',
    ),
    user: loginName.describe('Who to log in as.'),
    port: integer(1, 65_535).prefault('22').describe('The port of the ssh servers.'),
    host_label: line('write the name of a label, like ssh_host')
      .optional()
      .describe(
        "The label that holds the host to connect to, as `host` or `host:port`. Without it, it is the host of the instance's address.",
      ),
    directory: remoteFolder.prefault('~').describe('The folder on the host where commands run.'),
    private_key_file: file('write the path of a private key, like ~/.ssh/id_ed25519')
      .optional()
      .describe(
        "The private key, where the worker runs; a relative path counts from this file's folder. Without it, or where it has a passphrase, the worker's ssh-agent (`SSH_AUTH_SOCK`) is asked.",
      ),
    known_hosts_file: file('write the path of a known_hosts file, like ~/.ssh/known_hosts')
      .prefault('~/.ssh/known_hosts')
      .describe('The host keys that are trusted, where the worker runs. A host that is not in it is refused.'),
    connect_timeout: positiveDuration()
      .prefault('10s')
      .describe('How long a connection may take, from its start until the login.'),
    fence_directory: remoteFolder
      .prefault('~/.belay')
      .describe('The folder on the host that holds the locks and the highest generation of each instance.'),
    artifact_dir: remoteFolder
      .prefault('~/.belay/artifacts')
      .describe(
        "The folder on the host that the release's artifact is uploaded into before the command runs. Nothing is ever removed from it.",
      ),
    env: remoteEnv
      .prefault({})
      .describe(
        'Variables for the commands. `${env:NAME}` is resolved where the worker runs, and never stored or printed.',
      ),
    health: requiredHealth(),
  },
  'write a map with type, update, user and health',
);

/** @param directory the folder of the spec's file */
export function sshDriverSpec(parsed: z.output<typeof sshDriver>, directory: string): SshDriverSpec {
  const { host_label: hostLabel, private_key_file: privateKey } = parsed;
  return {
    kind: 'ssh',
    update: parsed.update,
    env: parsed.env,
    health: healthCheck(parsed.health),
    user: parsed.user,
    port: parsed.port,
    ...(hostLabel === undefined ? {} : { hostLabel }),
    directory: parsed.directory,
    ...(privateKey === undefined ? {} : { privateKeyFile: absolute(privateKey, directory) }),
    knownHostsFile: absolute(parsed.known_hosts_file, directory),
    connectTimeoutMs: parsed.connect_timeout,
    fenceDirectory: parsed.fence_directory.replace(/(?<=.)\/+$/, ''),
    artifactDirectory: parsed.artifact_dir.replace(/(?<=.)\/+$/, ''),
  };
}

/** The home of a worker's user is known there only. */
function absolute(path: string, directory: string): string {
  return path.startsWith('~/') ? path : resolve(directory, path);
}
