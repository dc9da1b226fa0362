import { HEALTH, type DeploymentSpec, type Instance, type Versions } from '../../src/domain';

/** Versions by their code; the configuration is the same everywhere. */
export function running(codeVersion: string, configurationVersion = '11'): Versions {
  return { codeVersion, configurationVersion };
}

/** A healthy instance on 1.4.0, unless something else is said. */
export function instance(name: string, more: Partial<Instance> = {}): Instance {
  return { name, labels: {}, versions: running('1.4.0'), health: HEALTH.HEALTHY, ...more };
}

/** `web-01` … as many as asked for. */
export function fleetOf(size: number, more: (index: number) => Partial<Instance> = () => ({})): Instance[] {
  return Array.from({ length: size }, (_, i) => instance(`web-${String(i + 1).padStart(2, '0')}`, more(i)));
}

/** A simulated deployment of 1.5.0, in batches of one and then a quarter. */
export function planSpec(more: Partial<DeploymentSpec> = {}): DeploymentSpec {
  return {
    service: 'web',
    environment: 'production',
    release: running('1.5.0'),
    metadata: {},
    fleet: { kind: 'file', path: '/srv/instances.json' },
    selection: { only: [], exclude: [], first: [] },
    unreachable: 'refuse',
    driver: { kind: 'simulated', latencyMs: 200, failures: {} },
    strategy: rolling(['1', '25%']),
    maxFailures: { kind: 'count', count: 0 },
    failedInstances: 'leave',
    onFailure: 'rollback',
    retry: { maxAttempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 30_000 },
    timeouts: { instanceMs: 300_000, healthMs: 60_000 },
    minHealthyMs: 0,
    healthIntervalMs: 10_000,
    approvals: [],
    order: { kind: 'name' },
    force: false,
    snapshotFile: '/srv/.snapshot.json',
    ...more,
  };
}

/** A rolling strategy with batches of these sizes. */
export function rolling(sizes: string[], pauseBetweenMs = 0, bakeMs = 0): DeploymentSpec['strategy'] {
  const parsed = sizes.map((text) => {
    const number = Number.parseFloat(text);
    return text.endsWith('%')
      ? ({ kind: 'percent', percent: number } as const)
      : ({ kind: 'count', count: number } as const);
  });
  return { kind: 'rolling', batching: { kind: 'batches', sizes: parsed, pauseBetweenMs }, bakeMs };
}
