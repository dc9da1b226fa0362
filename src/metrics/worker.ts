import { Counter, Histogram, Registry } from 'prom-client';
import type { WorkStore } from '../store/work-store';
import { exposition } from './registry';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DEPLOYMENT_SECONDS = [
  10,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  24 * HOUR,
];
const CHANGE_SECONDS = [0.5, 1, 2.5, 5, 10, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR];
/** Changes whose end another worker sees are never asked for. */
const MOST_OPEN = 20_000;
const SDK_MS = 2_000;

/** What a worker tells Prometheus about what it did. */
export class WorkerMetrics {
  private readonly registry = new Registry();
  private readonly ended = new Counter({
    name: 'belay_deployments_ended_total',
    help: 'Deployments whose end this worker recorded.',
    labelNames: ['environment', 'service', 'status'],
    registers: [this.registry],
  });
  private readonly lost = new Counter({
    name: 'belay_deployments_lost_total',
    help: 'Deployments that this worker found without an orchestrator, and ended.',
    registers: [this.registry],
  });
  private readonly seconds = new Histogram({
    name: 'belay_deployment_duration_seconds',
    help: 'How long deployments took, by how they ended.',
    labelNames: ['status'],
    buckets: DEPLOYMENT_SECONDS,
    registers: [this.registry],
  });
  private readonly changes = new Histogram({
    name: 'belay_instance_change_duration_seconds',
    help: 'How long attempts on instances took that this worker began and saw end, until good or given up.',
    labelNames: ['towards', 'result'],
    buckets: CHANGE_SECONDS,
    registers: [this.registry],
  });
  private readonly open = new Map<string, number>();

  /** @param sdk where the Temporal SDK of this process serves its own */
  constructor(private readonly sdk?: string) {}

  /** A store whose deployments and attempts are counted. */
  counting<S extends WorkStore>(store: S): S {
    const answered = (
      { generation, ordinal, towards }: Parameters<S['openAttempt']>[0],
      attempt: number,
      ok: boolean,
    ) => {
      const key = `${generation}/${ordinal}/${towards}/${attempt}`;
      const began = this.open.get(key);
      if (began === undefined) return;
      this.open.delete(key);
      this.changes.observe({ towards, result: ok ? 'good' : 'bad' }, (performance.now() - began) / 1000);
    };
    const counted: Pick<WorkStore, 'openAttempt' | 'answerAttempt' | 'settle' | 'end' | 'endLost'> = {
      openAttempt: async (key, knownLost) => {
        const opened = await store.openAttempt(key, knownLost);
        if (opened.kind === 'started' && this.open.size < MOST_OPEN) {
          this.open.set(`${key.generation}/${key.ordinal}/${key.towards}/${opened.attempt}`, performance.now());
        }
        return opened;
      },
      answerAttempt: async (key, answer, state) => {
        await store.answerAttempt(key, answer, state);
        answered(key, answer.attempt, answer.ok);
      },
      settle: async (key, outcome, answer, state) => {
        const standing = await store.settle(key, outcome, answer, state);
        if (answer !== undefined) answered(key, answer.attempt, answer.ok);
        return standing;
      },
      end: async (document) => {
        const isFirst = await store.end(document);
        if (isFirst) {
          const { environment, service, status, duration_ms: ms } = document;
          this.ended.inc({ environment, service, status });
          this.seconds.observe({ status }, ms / 1000);
        }
        return isFirst;
      },
      endLost: async (generation, reason) => {
        const isFirst = await store.endLost(generation, reason);
        if (isFirst) this.lost.inc();
        return isFirst;
      },
    };
    return { ...store, ...counted };
  }

  async text(): Promise<string> {
    const [own, sdk] = await Promise.all([exposition(this.registry), this.sdkText()]);
    return `${own}${own.endsWith('\n') ? '' : '\n'}${sdk}`;
  }

  /** Without it the rest is told all the same. */
  private async sdkText(): Promise<string> {
    if (this.sdk === undefined) return '';
    try {
      const answer = await fetch(this.sdk, { signal: AbortSignal.timeout(SDK_MS) });
      return answer.ok ? await answer.text() : '';
    } catch {
      return '';
    }
  }
}
