import type { DeploymentSpec, Strategy, StrategyStep } from '../domain';

/**
 * A deployment that changes nothing, in place of one that would: it doesn't wait for something that can't go wrong, nobody
 * can measure it, and it moves no requests, runs no hooks and turns on no features.
 */
export function rehearsalOf(spec: DeploymentSpec): DeploymentSpec {
  const { driverName: _d, analysis: _a, metrics: _m, traffic, trafficName, ...more } = spec;
  const { hooks: _h, hookNames: _n, flags: _f, ...rest } = more;
  const routed = traffic !== undefined || trafficName !== undefined;
  return {
    ...rest,
    driver: { kind: 'simulated', latencyMs: 200, failures: {} },
    minHealthyMs: 0,
    strategy: rehearsed(spec.strategy),
    ...(routed ? { traffic: { kind: 'nop' } } : {}),
  };
}

function rehearsed(strategy: Strategy): Strategy {
  switch (strategy.kind) {
    case 'canary':
      return { ...strategy, steps: withoutOthers(strategy.steps) };
    case 'blue_green':
      return { ...strategy, validate: withoutOthers(strategy.validate), watchMs: 0 };
    case 'experiment':
      // Nothing is there that would tell testers and users apart.
      return { ...strategy, match: [] };
    case 'rolling':
    case 'feature_flags':
      return strategy;
  }
}

function withoutOthers(steps: StrategyStep[]): StrategyStep[] {
  return steps.filter(({ kind }) => kind !== 'analyze' && kind !== 'hook');
}
