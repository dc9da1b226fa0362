import type { DeploymentSpec, FleetSource, Instance, Member } from '../domain';
import { InputError, type Problem } from '../domain/errors';
import { fleetText, labelsText } from '../domain/fleet';
import { groupNameOf } from '../domain/groups';
import { suggestion } from '../domain/names';
import { excludedNames, orderMembers, selectionProblems } from '../domain/plan';
import { nameList } from '../domain/plan/words';
import { slotOf } from '../domain/strategies/slot';
import { isByGroup } from '../domain/traffic';
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
  refuseHalves({ spec, instances }, options, source);
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

/** An InputError where `only` and `exclude` leave nobody. */
function refuseNobody({ spec, instances }: Loaded, options: DeployOptions, source: Source | undefined): void {
  if (excludedNames(spec, instances).length < instances.length) return;
  const listed = `${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}`;
  throw selectionError(spec, options, source, 'leave', `none of the fleet's ${listed}; leave at least one`);
}

/**
 * An InputError where `only` leaves out some of two groups, between which all requests are switched. Whoever excludes one
 * by its name, because it is broken, knows of it.
 */
function refuseHalves({ spec, instances }: Loaded, options: DeployOptions, source: Source | undefined): void {
  const { strategy } = spec;
  // What stands before its groups is told where the name of the router is known.
  if (strategy.kind !== 'blue_green' || (spec.traffic === undefined && spec.trafficName !== undefined)) return;
  const { exclude } = spec.selection;
  const left = new Set(excludedNames(spec, instances).filter((name) => !exclude.includes(name)));
  const routers = (each: Instance) => (isByGroup(spec) && spec.groups ? groupNameOf(spec.groups, each) : undefined);
  const switched = new Set(instances.filter(({ name }) => !left.has(name)).map(routers));
  const halves = instances.flatMap((each) => {
    const slot = left.has(each.name) && switched.has(routers(each)) ? slotOf(strategy, each) : undefined;
    return slot === undefined ? [] : [`${each.name} (${slot})`];
  });
  if (halves.length === 0) return;
  const why = 'and blue_green switches all requests to a whole group, whatever its members run';
  const right = 'target all of both, or take those out of the fleet and out of their backend';
  throw selectionError(spec, options, source, 'leave out', `${nameList(halves)}, ${why}; ${right}`);
}

/** What `only` and `exclude` do together, at the place of the first of them that is in the file. */
function selectionError(
  { selection }: DeploymentSpec,
  options: DeployOptions,
  source: Source | undefined,
  does: 'leave' | 'leave out',
  what: string,
): InputError {
  const parts = (['only', 'exclude'] as const).filter((part) => selection[part].length > 0);
  const named = parts.map((part) => (options[part] === undefined ? `fleet.${part}` : `--${part}`)).join(' and ');
  const message = `${named} ${parts.length === 1 ? does.replace('leave', 'leaves') : does} ${what}`;
  const written = parts.find((part) => options[part] === undefined);
  return new InputError(written === undefined ? { message } : at(source, ['fleet', written], message));
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
