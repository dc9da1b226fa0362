import type { MetricsSpec } from '../../domain/analysis';
import { AgentMetrics, type HeartbeatWorld } from './agents';
import { HttpMetrics } from './http';
import { PrometheusMetrics } from './prometheus';
import type { MetricsSource } from './source';

/** The source that a spec names. */
export function createMetricsSource(spec: MetricsSpec, heartbeats: HeartbeatWorld): MetricsSource {
  switch (spec.kind) {
    case 'agent':
      return new AgentMetrics(heartbeats);
    case 'prometheus':
      return new PrometheusMetrics(spec);
    case 'http':
      return new HttpMetrics(spec);
  }
}
