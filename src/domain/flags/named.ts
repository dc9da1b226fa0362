import { nearest } from '../names';
import type { DeploymentSpec } from '../spec';

/** The flags that a deployment would set, each once. */
export function flagsNamed({ strategy, flags = {} }: Pick<DeploymentSpec, 'strategy' | 'flags'>): string[] {
  const features = strategy.kind === 'feature_flags' ? strategy.features.map(({ key }) => key) : [];
  return [...new Set([...features, ...Object.keys(flags)])];
}

/** For each flag that a deployment names and that isn't there: that it isn't, in words. `there`: the keys of its environment. */
export function missingFlagTexts(spec: DeploymentSpec, there: readonly string[]): string[] {
  const missing = flagsNamed(spec).filter((key) => !there.includes(key));
  return missing.map((key) => missingFlagText(spec.environment, key, there));
}

/** `there is no flag new_iu in production; did you mean new_ui?` */
export function missingFlagText(environment: string, key: string, there: readonly string[]): string {
  const meant = nearest(key, there);
  const then =
    meant === undefined
      ? `\`belay flags create ${key} --environment ${environment}\` makes it`
      : `did you mean ${meant}?`;
  return `there is no flag ${key} in ${environment}; ${then}`;
}
