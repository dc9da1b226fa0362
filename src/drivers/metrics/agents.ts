import type { Metric, Reading } from '../../domain/analysis';
import { readingOf } from './figure';
import type { MetricsSource, Question } from './source';

/** What instances told with their heartbeats. */
export interface HeartbeatWorld {
  /** Each heartbeat's value of a metric, of instances that ran those versions then. */
  measuredByAgents(metric: Metric, question: Omit<Question, 'quantity' | 'group'>): Promise<number[]>;
}

/** Belay's own inventory as a source: each heartbeat is one observation. */
export class AgentMetrics implements MetricsSource {
  constructor(private readonly world: HeartbeatWorld) {}

  async read(question: Question): Promise<Reading> {
    const { quantity } = question;
    if (quantity.kind === 'query') return { kind: 'nothing', why: NO_QUERIES };
    const values = await this.world.measuredByAgents(quantity.metric, question);
    if (values.length > 0) return readingOf(values, quantity.statistic);
    return { kind: 'nothing', why: `no heartbeat of ${question.versions.codeVersion} told ${quantity.metric}` };
  }

  async refusal({ quantity }: Question): Promise<string | undefined> {
    return quantity.kind === 'query' ? NO_QUERIES : undefined;
  }
}

const NO_QUERIES = 'heartbeats answer no queries; write a threshold, or metrics: { type: prometheus, … }';
