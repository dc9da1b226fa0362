import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Figures } from '../store/figures';
import { addFigures } from './figures';
import { exposition } from './registry';

/** An answer to a request, as it is counted: by route, never by address. */
export interface Answered {
  method: string;
  /** As it was declared; absent: there is none. */
  route: string | undefined;
  status: number;
  seconds: number;
}

/** What became of a heartbeat. */
export type HeartbeatResult = 'heard' | 'unknown' | 'wrong_secret' | 'failed';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const HEARTBEAT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What the API tells Prometheus. */
export class ApiMetrics {
  private readonly registry = new Registry();
  private readonly look: () => Promise<void>;
  private readonly requests = new Counter({
    name: 'belay_http_requests_total',
    help: 'Answers, by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  private readonly seconds = new Histogram({
    name: 'belay_http_request_duration_seconds',
    help: 'From the arrival of a request to the end of its answer; streams are left out.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly heartbeats = new Counter({
    name: 'belay_heartbeats_total',
    help: 'Heartbeats, by what became of them.',
    labelNames: ['result'],
    registers: [this.registry],
  });
  private readonly heartbeatSeconds = new Histogram({
    name: 'belay_heartbeat_duration_seconds',
    help: 'How long heartbeats wait until they are written, and are answered.',
    buckets: HEARTBEAT_SECONDS,
    registers: [this.registry],
  });
  private readonly streams = new Gauge({
    name: 'belay_event_streams',
    help: 'Streams of server-sent events that are open.',
    registers: [this.registry],
  });

  constructor(figures: () => Promise<Figures>) {
    this.look = addFigures(this.registry, figures);
    for (const result of ['heard', 'unknown', 'wrong_secret', 'failed']) this.heartbeats.inc({ result }, 0);
  }

  answered({ method, route = 'none', status, seconds }: Answered): void {
    this.requests.inc({ method, route, status: String(status) });
    if (!route.endsWith('/stream')) this.seconds.observe({ method, route }, seconds);
  }

  /** @param since `performance.now()` of its arrival */
  heartbeat(result: HeartbeatResult, since: number): void {
    this.heartbeats.inc({ result });
    this.heartbeatSeconds.observe((performance.now() - since) / 1000);
  }

  streaming(change: 1 | -1): void {
    this.streams.inc(change);
  }

  async text(): Promise<string> {
    await this.look();
    return exposition(this.registry);
  }
}
