import { seriesOf, type MetricsSpec, type Quantity } from '../analysis';
import { namesIn } from '../analysis/template';
import type { Versions } from '../instance';
import type { DeploymentSpec } from '../spec';
import { askedOf } from './asked';

/** The usual queries tell releases apart by the version of their code. */
const USUAL = '{{version}}';

/**
 * That two releases of the same code are measured as one, and what to do about it; undefined: nothing of it is.
 * @param ran what instances ran before
 */
export function mingledText(
  spec: Pick<DeploymentSpec, 'release' | 'strategy' | 'analysis' | 'metrics'>,
  ran: readonly Versions[],
): string | undefined {
  const { codeVersion, configurationVersion } = spec.release;
  const same = ran.find(
    (each) => each.codeVersion === codeVersion && each.configurationVersion !== configurationVersion,
  );
  const asked = askedOf(spec);
  if (same === undefined || asked === undefined) return undefined;
  const mingled = asked.asked.filter(({ quantity }) => templatesOf(asked.source, quantity).some(isByCodeAlone));
  if (mingled.length === 0) return undefined;
  const names = [...new Set(mingled.map(({ name }) => name))].join(', ');
  return (
    `only the configuration changes (${same.configurationVersion} to ${configurationVersion}), and ${names} ` +
    `${mingled.length === 1 ? 'is' : 'are'} asked for by {{version}} alone, which is ${codeVersion} before and after: ` +
    'both are measured as one; label what is measured with the version of the configuration, too, and ask by {{configuration_version}}'
  );
}

/** What is asked with; none: by both versions, always. */
function templatesOf(source: MetricsSpec, quantity: Quantity): string[] {
  switch (source.kind) {
    case 'agent':
      return [];
    case 'http':
      return [source.url];
    case 'prometheus':
      if (quantity.kind === 'query') return [quantity.query];
      return seriesOf(quantity).map((series) => source.queries[series] ?? USUAL);
  }
}

/** One that names no version at all is meant to be of everybody. */
function isByCodeAlone(template: string): boolean {
  const names = namesIn(template);
  return names.includes('version') && !names.includes('configuration_version') && !names.includes('group');
}
