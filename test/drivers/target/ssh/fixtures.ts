import type { SshDriverSpec } from '../../../../src/domain';
import type { ArtifactStore } from '../../../../src/domain/artifact';
import { createArtifactStore } from '../../../../src/drivers/artifact/create';
import { SshConnections } from '../../../../src/drivers/target/ssh/connections';
import { SshDriver } from '../../../../src/drivers/target/ssh/driver';
import type { Sshd } from '../../../support/sshd';
import { HTTP } from '../fixtures';

/** Reaches the test's host; change of the spec what a test is about. */
export class Reach {
  readonly connections = new SshConnections();
  artifacts: Pick<ArtifactStore, 'find' | 'read' | 'put'>;

  constructor(private readonly sshd: Sshd) {
    this.artifacts = createArtifactStore({ dir: sshd.file('store'), mostBytes: 1024 ** 3 });
  }

  spec(over: Partial<SshDriverSpec> = {}): SshDriverSpec {
    return {
      kind: 'ssh',
      update: ['./update.sh'],
      user: this.sshd.user,
      port: this.sshd.port,
      directory: this.sshd.home,
      privateKeyFile: this.sshd.keyFile,
      knownHostsFile: this.sshd.knownHosts,
      connectTimeoutMs: 60_000,
      fenceDirectory: this.sshd.file('home/fences'),
      artifactDirectory: this.sshd.file('home/artifacts'),
      env: {},
      health: HTTP,
      ...over,
    };
  }

  driver(over: Partial<SshDriverSpec> = {}, environment: NodeJS.ProcessEnv = {}): SshDriver {
    return this.driverOf(this.spec(over), environment);
  }

  driverOf(spec: SshDriverSpec, environment: NodeJS.ProcessEnv): SshDriver {
    const place = { environment: 'production', service: 'web' };
    return new SshDriver(spec, place, { environment, connections: this.connections, artifacts: this.artifacts });
  }

  close(): void {
    this.connections.close();
  }
}
