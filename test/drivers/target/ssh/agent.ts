import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { AgentProtocol, utils, type ParsedKey } from 'ssh2';

/** An ssh-agent with one key. */
export class TestAgent {
  private constructor(
    readonly socket: string,
    private readonly server: Server,
  ) {}

  static async start(folder: string, privateKey: Buffer): Promise<TestAgent> {
    const key = utils.parseKey(privateKey) as ParsedKey;
    const socket = `${folder}/agent-${Math.random().toString(36).slice(2, 8)}`;
    const server = createServer((connection) => {
      const protocol = new AgentProtocol(false);
      protocol.on('identities', (request) => protocol.getIdentitiesReply(request, [key]));
      protocol.on('sign', (request, _key, data) => protocol.signReply(request, key.sign(data)));
      connection.on('error', () => {});
      connection.pipe(protocol).pipe(connection);
    }).listen(socket);
    await once(server, 'listening');
    return new TestAgent(socket, server);
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}
