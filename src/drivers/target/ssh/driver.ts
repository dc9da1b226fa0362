import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Probe, SshDriverSpec, Versions } from '../../../domain';
import type { ArtifactStore } from '../../../domain/artifact';
import type { ChangeAnswer, EachDriver, TargetChange, TargetInstance } from '../driver';
import { changeEnvironment, instanceEnvironment } from '../environment';
import { commandHealth } from '../health-command';
import { httpHealth } from '../health-http';
import { refuseFor } from '../refusal';
import type { Run } from '../run';
import { resolveEnv, unsetWords, type ResolvedEnv } from '../secrets';
import { faultWords } from '../words';
import { hostOf } from './address';
import { NoConnection, type Destination } from './connection';
import type { SshConnections } from './connections';
import { credentialsOf, whyUnread, type KeySource } from './credentials';
import { runRemote } from './run';
import type { RemoteCommand, Upload } from './script';

/** Whose instances a driver reaches: generations of different services say nothing about each other. */
export interface ServicePlace {
  environment: string;
  service: string;
}

export interface SshDriverDeps {
  /** The worker's own: `${env:NAME}`, HOME and SSH_AUTH_SOCK are taken from it. */
  environment: NodeJS.ProcessEnv;
  connections: SshConnections;
  /** What is uploaded from here. */
  artifacts: Pick<ArtifactStore, 'find' | 'read'>;
}

/** Reaches instances by a command of the user's own, run over ssh on the host of each. */
export class SshDriver implements EachDriver {
  readonly execution = 'each';
  private readonly env: ResolvedEnv;
  private readonly knownHostsFile: string;
  private readonly keys: KeySource;

  constructor(
    private readonly spec: SshDriverSpec,
    private readonly place: ServicePlace,
    private readonly deps: SshDriverDeps,
  ) {
    const { environment } = deps;
    this.env = resolveEnv(spec.env, environment);
    const home = environment['HOME'] ?? '/';
    this.knownHostsFile = atHome(spec.knownHostsFile, home);
    this.keys = {
      privateKeyFile: spec.privateKeyFile === undefined ? undefined : atHome(spec.privateKeyFile, home),
      agent: environment['SSH_AUTH_SOCK'],
    };
  }

  async check(release?: Versions): Promise<void> {
    const problems: string[] = [];
    if (release?.artifact !== undefined && (await this.deps.artifacts.find(release.artifact)) === undefined) {
      problems.push(notHere(release.artifact));
    }
    const credentials = await credentialsOf(this.keys);
    if (typeof credentials === 'string') problems.push(credentials);
    const unread = await readFile(this.knownHostsFile).then(() => undefined, whyUnread);
    if (unread !== undefined) {
      problems.push(
        `driver.known_hosts_file: ${this.knownHostsFile} ${unread}. Without it no host can be told from another; ` +
          'see ssh-keyscan, and compare what it prints with the keys on the hosts.',
      );
    }
    if (this.env.unset.length > 0) problems.push(unsetWords(this.env));
    refuseFor(problems);
  }

  async probe(instance: TargetInstance, signal: AbortSignal): Promise<Probe> {
    const { health } = this.spec;
    if (health.kind === 'http') return httpHealth(health, instance, signal);
    const look = { argv: health.run, env: instanceEnvironment(instance) };
    return commandHealth(health, this.env.secrets, (each) => this.run(instance, look, each), signal);
  }

  async change(change: TargetChange, signal: AbortSignal, stopped?: (output: string) => void): Promise<ChangeAnswer> {
    signal.throwIfAborted();
    if (this.env.unset.length > 0) return { kind: 'failed', reason: unsetWords(this.env), output: '' };
    const { instance, generation, target } = change;
    const uploaded = await this.uploadOf(target.artifact);
    if (typeof uploaded === 'string') return { kind: 'failed', reason: uploaded, output: '' };
    const { environment, service } = this.place;
    const directory = `${this.spec.fenceDirectory}/${environment}/${service}`;
    const update = {
      argv: this.spec.update,
      env: { ...changeEnvironment(change), BELAY_ARTIFACT_FILE: '' },
      fence: { directory, instance: instance.name, generation },
      ...(uploaded === undefined ? {} : { artifact: uploaded }),
    };
    const { ending, output } = await this.run(instance, update, signal, stopped);
    const fault = faultWords('update', ending, output);
    return fault === undefined ? { kind: 'done', output } : { kind: 'failed', reason: fault, output };
  }

  /** What must be on the host first; words where it isn't even here. */
  private async uploadOf(digest: string | undefined): Promise<Upload | string | undefined> {
    if (digest === undefined) return undefined;
    const found = await this.deps.artifacts.find(digest);
    return found === undefined ? notHere(digest) : { digest, size: found.size, directory: this.spec.artifactDirectory };
  }

  private async run(
    instance: TargetInstance,
    { env, ...command }: Omit<RemoteCommand, 'directory'>,
    signal: AbortSignal,
    stopped?: (output: string) => void,
  ): Promise<Run> {
    const host = hostOf(instance, this.spec);
    if (typeof host === 'string') return notStarted(host);
    const { user, connectTimeoutMs, directory } = this.spec;
    const { knownHostsFile, keys } = this;
    const to: Destination = { instance: instance.name, ...host, user, connectTimeoutMs, knownHostsFile, ...keys };
    const whole = { ...command, directory, env: { ...this.env.values, ...env } };
    try {
      return await this.deps.connections.use(to, signal, (connection) =>
        runRemote(connection, whole, this.env.secrets, signal, stopped, () => this.bytesOf(command.artifact)),
      );
    } catch (error) {
      if (error instanceof NoConnection) return notStarted(error.message);
      throw error;
    }
  }

  private async bytesOf({ digest = '' }: Partial<Upload> = {}): Promise<AsyncIterable<Uint8Array>> {
    const bytes = await this.deps.artifacts.read(digest);
    if (bytes === undefined) throw new Error(notHere(digest));
    return bytes;
  }
}

function notHere(digest: string): string {
  return `the artifact ${digest} is not in the store of this worker; push it there with \`belay artifact push FILE\``;
}

function notStarted(why: string): Run {
  return { ending: { kind: 'not_started', why }, output: '', stdout: '' };
}

/** The worker's home is the worker's to say. */
function atHome(file: string, home: string): string {
  return file.startsWith('~/') ? path.join(home, file.slice(2)) : file;
}
