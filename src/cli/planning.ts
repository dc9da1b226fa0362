import { fleetKey } from '../domain/fleet';
import path from 'node:path';
import type { StartOrder } from '../control/control';
import { Refused } from '../control/errors';
import { buildPlan, excludedNames, orderMembers, planDifferences, type Plan, type PlanOrigin } from '../domain/plan';
import type { DeployOptions } from '../schemas';
import type { CliContext } from './context';
import { readOrder, type Described, type Order } from './order';

/** What a deployment would do now: every instance is looked at from here, and nothing is written anywhere. */
export async function planOf(context: CliContext, { spec, instances }: Order, overrideFreeze?: string): Promise<Plan> {
  if (context.remote !== undefined) {
    return context.remote.plan({ spec, ...(overrideFreeze === undefined ? {} : { overrideFreeze }) });
  }
  const members = orderMembers(spec, instances);
  const names = members.map((member) => member.name);
  const { environment, service } = spec;
  const earlier = await context.earlier({ environment, service }, spec.driver.kind);
  const [probes, recorded, lacking, foreseen, freezes, planned] = await Promise.all([
    context.probe(spec, members),
    context.recorded(fleetKey(spec.fleet), names),
    context.lacking(spec),
    context.foresee(spec, members, earlier.inFlight),
    context.frozen({ environment, service }),
    context.plannedFreezes(),
  ]);
  if (lacking !== undefined) context.output.say(`A worker on this machine would refuse it: ${lacking}`);
  return buildPlan({
    spec,
    members,
    probes,
    recorded,
    ...earlier,
    excluded: excludedNames(spec, instances),
    freezes,
    calendar: { freezes: planned, now: Date.now() },
    foreseen,
    isFreezeOverridden: overrideFreeze !== undefined,
  });
}

/** A plan with where it came from: absolute paths, so that it can be carried out from anywhere. */
export function withOrigin(plan: Plan, described: Described, options: DeployOptions, directory: string): Plan {
  const absolute = (file: string) => path.resolve(directory, file);
  const origin: PlanOrigin = {
    ...(described.file === undefined ? {} : { file: absolute(described.file) }),
    ...(described.instances === undefined ? {} : { instances: absolute(described.instances) }),
    ...(described.desired === undefined ? {} : { desired: absolute(described.desired) }),
    options: optionsFrom(options, directory),
  };
  return { ...plan, origin };
}

function optionsFrom(options: DeployOptions, directory: string): PlanOrigin['options'] {
  const { snapshot, ...rest } = options;
  const given: PlanOrigin['options'] = snapshot === undefined ? {} : { snapshot: path.resolve(directory, snapshot) };
  for (const [key, value] of Object.entries<string | boolean | string[]>(rest)) given[key] = value;
  return given;
}

/** The order that a plan was made from, read again; refused when it would do something else now. */
export async function orderOfPlan(
  context: CliContext,
  planned: Plan,
  described: Described,
  options: DeployOptions,
): Promise<Pick<StartOrder, 'spec' | 'instances' | 'expected'>> {
  const { origin } = planned;
  const given = described.file !== undefined || described.instances !== undefined;
  const order = await readOrder(context, given ? described : (origin ?? {}), { ...origin?.options, ...options });
  const now = await planOf(context, order);
  const differences = planDifferences(planned, now);
  if (differences.length > 0) {
    throw new Refused('the plan no longer holds', [...differences, 'make a new one with `belay plan --out FILE`']);
  }
  return { ...order, expected: now.members.map(expectedOf) };
}

function expectedOf(member: Plan['members'][number]): NonNullable<StartOrder['expected']>[number] {
  const { instance_id: name, code_version: codeVersion, configuration_version: configurationVersion } = member;
  if (codeVersion === null || configurationVersion === null) return { name };
  const { artifact } = member;
  return { name, versions: { codeVersion, configurationVersion, ...(artifact === undefined ? {} : { artifact }) } };
}
