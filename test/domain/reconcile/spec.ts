import type { DeploymentSpec } from '../../../src/domain';

/** A deployment to agents that asks for an approval. */
export function agentSpec(differs: Partial<DeploymentSpec> = {}): DeploymentSpec {
  return {
    service: 'web',
    environment: 'production',
    release: { codeVersion: '1.1.0', configurationVersion: '2' },
    metadata: {},
    fleet: { kind: 'inventory', labels: { role: 'web' } },
    selection: { only: [], exclude: [], first: ['web-09'] },
    unreachable: 'refuse',
    driver: { kind: 'agent' },
    strategy: { kind: 'rolling', batching: { kind: 'window', size: { kind: 'count', count: 2 } }, bakeMs: 0 },
    maxFailures: { kind: 'percent', percent: 10 },
    failedInstances: 'leave',
    onFailure: 'rollback',
    retry: { maxAttempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 30_000 },
    timeouts: { instanceMs: 60_000, healthMs: 60_000 },
    minHealthyMs: 0,
    healthIntervalMs: 10_000,
    approvals: [{ beforeBatch: 1, onTimeout: 'pause' }],
    order: { kind: 'name' },
    force: false,
    ...differs,
  };
}
