import type { AddressInfo } from 'node:net';
import type { Api, Settings } from '../../src/api/types';
import { createServer, type ServerConfig } from '../../src/server';
import type { Belay } from './belay';

/** What the tests' servers let in. */
export const ADMIN = 'the-admin-of-the-tests';
export const REGISTRATION = 'the-registration-of-the-tests';

/** What came back. */
export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into whatever was answered
  body: any;
  headers: Headers;
}

export interface Call {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The API of a test's Belay, on a port of its own. */
export class TestApi {
  private constructor(
    readonly app: Api,
    readonly url: string,
  ) {}

  static async open(belay: Belay, settings: Partial<Settings> = {}, store = belay.store): Promise<TestApi> {
    const config = serverConfig(belay);
    const app = await createServer({ ...config, settings: { ...config.settings, ...settings } }, belay.client, store);
    await app.listen({ host: '127.0.0.1', port: 0 });
    return new TestApi(app, `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
  }

  /** A text is sent as it is, anything else as JSON. */
  async call(method: string, path: string, { token, body, headers = {} }: Call = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: answer.status, body: isJson && text !== '' ? JSON.parse(text) : text, headers: answer.headers };
  }

  get = (path: string, call?: Call) => this.call('GET', path, call);
  post = (path: string, call?: Call) => this.call('POST', path, call);
  patch = (path: string, call?: Call) => this.call('PATCH', path, call);
  delete = (path: string, call?: Call) => this.call('DELETE', path, call);

  async close(): Promise<void> {
    this.app.server.closeAllConnections();
    await this.app.close();
  }
}

/** Servers that are there, and nothing configured. */
export function serverConfig(belay: Belay): ServerConfig {
  const { TEMPORAL_ADDRESS: address = '', DATABASE_URL: databaseUrl = '' } = belay.environment;
  return {
    temporal: { namespace: 'default', options: { address }, source: 'the test' },
    databaseUrl,
    taskQueue: belay.taskQueue,
    listen: { host: '127.0.0.1', port: 0 },
    artifacts: belay.artifactPlace,
    settings: {
      heartbeat: { intervalMs: 10_000, unknownAfterMs: 30_000 },
      registration: { token: REGISTRATION, labels: {} },
      devToken: ADMIN,
    },
  };
}
