import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What is answered: a status, with headers or a text; `silence` is no answer at all, `cut` ends the connection. */
export type Reply = number | { status: number; headers?: Record<string, string>; text?: string } | 'silence' | 'cut';

/** Someone who takes what others send over HTTP. */
export class Receiver {
  readonly received: Received[] = [];
  /** How the next ones are answered; 200 when it is empty. */
  readonly replies: Reply[] = [];
  /** How all are answered that `replies` says nothing about. */
  otherwise: Reply = 200;
  private server: Server | undefined;
  private port = 0;
  private waiting: (() => void)[] = [];

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.listen();
    return receiver;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** At the same port as before. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request;
        this.received.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
        const reply = this.replies.shift() ?? this.otherwise;
        if (reply === 'cut') request.socket.destroy();
        else if (typeof reply === 'number') response.writeHead(reply).end();
        else if (reply !== 'silence') response.writeHead(reply.status, reply.headers).end(reply.text);
        for (const wake of this.waiting.splice(0)) wake();
      });
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** As soon as so many have come in all; the test's own timeout bounds it. */
  async count(least: number): Promise<Received[]> {
    while (this.received.length < least) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.received;
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
