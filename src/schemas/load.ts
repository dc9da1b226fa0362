import type { DeploymentSpec, FleetSource, Instance, Member } from '../domain';
import { InputError, type Problem } from '../domain/errors';
import { fleetText, labelsText } from '../domain/fleet';
import { suggestion } from '../domain/names';
import { excludedNames, orderMembers, selectionProblems } from '../domain/plan';
import { readDeployment } from './deployment/read';
import { groupMisfits } from './group-misfits';
import { offsetOf, problemAt, type Path, type Source } from './node';
import { applyOptions, type DeployOptions, type Place } from './options';

/** A deployment with the fleet that its spec names. */
export interface Loaded {
  spec: DeploymentSpec;
  instances: Instance[];
}

/**
 * The spec in a deployment.yaml under the command line's options, with its fleet, which it fits.
 * An InputError names every place of either file, and every option, that is wrong.
 */
export async function loadDeployment(
  file: string,
  options: DeployOptions,
  place: Place,
  listFleet: (fleet: FleetSource) => Promise<Instance[]>,
): Promise<Loaded> {
  const { spec: written, source } = await readDeployment(file, place.where);
  const spec = applyOptions(written, options, place);
  const instances = await listFleet(spec.fleet);
  refuseMisfits({ spec, instances }, options, source);
  return { spec, instances };
}

/**
 * An InputError where a spec names what its fleet doesn't have, or needs what an instance doesn't tell.
 * @param source where the spec was written, if it was
 */
export function refuseMisfits({ spec, instances }: Loaded, options: DeployOptions, source?: Source): void {
  if (instances.length === 0 && spec.fleet.kind === 'inventory') {
    const message = `fleet.labels: no instance in the inventory carries ${labelsText(spec.fleet.labels)}; \`belay instances list\` shows who is there`;
    throw new InputError(at(source, ['fleet', 'labels'], message));
  }
  const problems = [
    ...selectionProblems(spec.selection, instances).map(({ part, index, message }): Problem => {
      return options[part] === undefined
        ? at(source, ['fleet', part, index], `fleet.${message}`)
        : { message: `--${message}` };
    }),
    ...failureProblems(spec, instances).map(([name, message]) => at(source, ['driver', 'failures', name], message)),
    ...groupMisfits(spec, instances).map(({ path, message }) => at(source, path, message, 'value')),
  ];
  if (problems.length > 0) throw new InputError(problems);
  if (spec.fleet.kind === 'none') return;
  refuseNobody({ spec, instances }, options, source);
  const members = orderMembers(spec, instances);
  const { driver } = spec;
  if (driver.kind !== 'command' && driver.kind !== 'ssh') return;
  const label = driver.kind === 'ssh' ? driver.hostLabel : undefined;
  if (label !== undefined) {
    const homeless = members.filter(({ labels }) => !Object.hasOwn(labels, label));
    refuseLacking(
      spec,
      homeless,
      `label ${label}`,
      'driver.host_label takes the host from it',
      `"labels": { "${label}": "host" }`,
    );
  }
  const addressed = driver.health.kind === 'http' || (driver.kind === 'ssh' && label === undefined);
  if (!addressed) return;
  const mute = members.filter(({ address }) => address === undefined);
  const why = driver.health.kind === 'http' ? 'driver.health asks over HTTP' : 'it names the host to connect to';
  refuseLacking(spec, mute, 'address', why, '"address": "host:port"');
}

/** An InputError at the fleet's file when there are instances without what is needed of each. */
function refuseLacking(spec: DeploymentSpec, lacking: Member[], what: string, why: string, right: string): void {
  if (lacking.length === 0) return;
  const names = lacking
    .slice(0, 5)
    .map(({ name }) => name)
    .join(', ');
  const more = lacking.length > 5 ? `, and ${lacking.length - 5} more` : '';
  const message = `lists no ${what} for ${names}${more}, and ${why}; write ${right} for each`;
  throw new InputError({ file: fleetText(spec.fleet), message });
}

/** An InputError where `only` and `exclude` leave nobody, at the place of the first of them that is in the file. */
function refuseNobody({ spec, instances }: Loaded, options: DeployOptions, source: Source | undefined): void {
  if (excludedNames(spec, instances).length < instances.length) return;
  const parts = (['only', 'exclude'] as const).filter((part) => spec.selection[part].length > 0);
  const named = parts.map((part) => (options[part] === undefined ? `fleet.${part}` : `--${part}`)).join(' and ');
  const listed = `${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}`;
  const message = `${named} ${parts.length === 1 ? 'leaves' : 'leave'} none of the fleet's ${listed}; leave at least one`;
  const written = parts.find((part) => options[part] === undefined);
  throw new InputError(written === undefined ? { message } : at(source, ['fleet', written], message));
}

function failureProblems({ driver }: DeploymentSpec, instances: Instance[]): [string, string][] {
  if (driver.kind !== 'simulated') return [];
  const names = new Set(instances.map(({ name }) => name));
  return Object.keys(driver.failures)
    .filter((name) => !names.has(name))
    .map((name) => {
      const meant = suggestion(name, names) || 'name one that it lists';
      return [name, `driver.failures names ${JSON.stringify(name)}, which the fleet doesn't have; ${meant}`];
    });
}

function at(source: Source | undefined, path: Path, message: string, what: 'key' | 'value' = 'key'): Problem {
  return source === undefined ? { message } : problemAt(source, offsetOf(source.root, path, what), message);
}
