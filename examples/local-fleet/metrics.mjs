/** Upper bounds in seconds. Quantiles are as fine as these: some are near what a limit may be. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10];

/** Counts requests, for Prometheus: how many by status, and how long they took. */
export class Metrics {
  /** A series that begins at 0 shows its first request as an increase. */
  #statuses = new Map([
    [200, 0],
    [500, 0],
  ]);
  #buckets = BUCKETS.map(() => 0);
  #count = 0;
  #sum = 0;

  /** @param labels what all series carry: `{ service, version }` */
  constructor(labels) {
    this.labels = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  }

  observe(status, seconds) {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    BUCKETS.forEach((bound, index) => (this.#buckets[index] += seconds <= bound ? 1 : 0));
    this.#count += 1;
    this.#sum += seconds;
  }

  /** In Prometheus' text format. */
  text() {
    const series = (name, value, ...more) => `${name}{${[...this.labels, ...more].join(',')}} ${value}`;
    const duration = 'http_request_duration_seconds';
    return [
      '# TYPE http_requests_total counter',
      ...[...this.#statuses].map(([status, count]) => series('http_requests_total', count, `status="${status}"`)),
      `# TYPE ${duration} histogram`,
      ...BUCKETS.map((bound, index) => series(`${duration}_bucket`, this.#buckets[index], `le="${bound}"`)),
      series(`${duration}_bucket`, this.#count, 'le="+Inf"'),
      series(`${duration}_sum`, this.#sum),
      series(`${duration}_count`, this.#count),
      '',
    ].join('\n');
  }
}
