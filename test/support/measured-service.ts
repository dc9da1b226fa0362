import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Histogram, Registry } from 'prom-client';
import { chance, responseTime } from './chance';
import type { ScrapeTarget } from './prometheus-server';

/** How a service does: the share of its answers that are errors, and half of them are quicker than this, in seconds. */
export interface Manners {
  errors: number;
  median: number;
}

const TICK_MS = 25;
const PER_TICK = 15;

/** An instance of a service that serves requests all the time, with noise, and tells Prometheus of them by prom-client. */
export class MeasuredService {
  private readonly registry = new Registry();
  private readonly requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests',
    labelNames: ['status'],
    registers: [this.registry],
  });
  private readonly durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long they took',
    buckets: [0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1, 2],
    registers: [this.registry],
  });
  private readonly load: NodeJS.Timeout;

  private constructor(
    private readonly server: Server,
    private readonly labels: Record<string, string>,
    manners: Manners,
    seed: number,
  ) {
    const next = chance(seed);
    this.load = setInterval(() => {
      // A burst now, few then: nothing is as even as a timer.
      const count = Math.floor(next() * 2 * PER_TICK);
      for (let request = 0; request < count; request++) this.serve(manners, next);
    }, TICK_MS);
    server.on('request', (_, response) => {
      void this.registry
        .metrics()
        .then((text) => response.setHeader('content-type', this.registry.contentType).end(text));
    });
  }

  /** @param labels what Prometheus is to call it: `service` and `version` */
  static async start(labels: Record<string, string>, manners: Manners, seed: number): Promise<MeasuredService> {
    const server = createServer();
    const service = new MeasuredService(server, labels, manners, seed);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return service;
  }

  get target(): ScrapeTarget {
    return { address: `127.0.0.1:${(this.server.address() as AddressInfo).port}`, labels: this.labels };
  }

  async stop(): Promise<void> {
    clearInterval(this.load);
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private serve({ errors, median }: Manners, next: () => number): void {
    this.requests.inc({ status: next() < errors ? '503' : '200' });
    this.durations.observe(responseTime(next, median));
  }
}
