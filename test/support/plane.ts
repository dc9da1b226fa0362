import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Desired } from '../../src/domain/agent';
import { ArtifactShelf } from './artifact-shelf';

/** A heartbeat as it arrives. */
export interface Beat {
  code_version: string | null;
  configuration_version: string | null;
  status: number;
  generation: number;
  attempt?: number;
  artifact?: string | null;
  reason?: string;
  metrics?: Record<string, number>;
}

interface Answer {
  status: number;
  body: unknown;
}

/** A control plane of a few lines, that answers what a test says, be it a lie. */
export class Plane {
  readonly registrations: { instance: object; token: string }[] = [];
  /** What each of them was made with, besides the token. */
  readonly shown: (string | undefined)[] = [];
  readonly beats: Beat[] = [];
  readonly shelf = new ArtifactShelf();
  /** What the instance is to run. */
  desired: Desired | undefined;
  /** In place of a right answer to the next heartbeats. */
  lie: ((beat: Beat) => Answer | undefined) | undefined;
  private readonly waiting = new Set<() => void>();
  private secrets = 0;

  private constructor(private readonly server: Server) {}

  static async open(port = 0): Promise<Plane> {
    const server = createServer();
    const plane = new Plane(server);
    server.on('request', (request, response) => {
      if (request.url?.startsWith('/artifacts/')) return plane.shelf.serve(request, response);
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const { status, body } = plane.answer(
          request.url ?? '',
          request.headers.authorization,
          JSON.parse(text) as never,
        );
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return plane;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The first heartbeat from now on (or from the nth) that is as wanted. */
  async beat(wanted: (beat: Beat) => boolean, from = this.beats.length): Promise<Beat> {
    for (;;) {
      const found = this.beats.slice(from).find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  private answer(url: string, authorization: string | undefined, body: never): Answer {
    if (url === '/inventory/register') {
      this.registrations.push(body);
      this.shown.push(authorization);
      this.secrets++;
      return { status: 201, body: { secret: `secret-${this.secrets}` } };
    }
    if (authorization !== `Bearer secret-${this.secrets}`) {
      return { status: 401, body: { error: { code: 'unauthenticated', message: 'not the secret' } } };
    }
    this.beats.push(body);
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
    const lie = this.lie?.(body);
    if (lie) return lie;
    const { desired } = this;
    const told = desired && {
      code_version: desired.versions.codeVersion,
      configuration_version: desired.versions.configurationVersion,
      artifact: desired.versions.artifact,
      generation: desired.generation,
      attempt: desired.attempt,
      restore: desired.restore,
    };
    return { status: 200, body: { desired: told ?? null, update_needed: told !== undefined, next_heartbeat: '50ms' } };
  }

  /** Every secret is forgotten. */
  forget(): void {
    this.secrets++;
  }
}
