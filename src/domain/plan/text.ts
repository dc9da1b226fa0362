import { labelsText } from '../fleet';
import { durationText } from '../duration';
import { commandText } from './command';
import type { Plan, PlannedBehind, PlannedCommand, PlannedStep } from './plan';
import { counted, nameList, releaseText } from './words';

const MOST_BATCHES = 20;

/** A plan as people read it. However large the fleet is, it stays readable: the document has all of it. */
export function planText(plan: Plan): string {
  const sections = [
    head(plan),
    plan.in_flight === undefined ? [] : [inFlight(plan.in_flight)],
    plan.refused === undefined ? [] : [`It can't begin: ${plan.refused}`],
    isPlaceless(plan) ? [] : section('What changes', changes(plan)),
    section('Steps', steps(plan)),
    section('Limits', limits(plan)),
    section('Time', time(plan)),
    section('Note', plan.notes),
    plan.simulated === undefined ? [] : [plan.simulated],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** It has no instances, only flags. */
function isPlaceless({ fleet }: Plan): boolean {
  return fleet.file === undefined && fleet.labels === undefined;
}

function inFlight({ id, status, actor }: PlannedBehind): string {
  return `In flight: ${id} (${status}, by ${actor}); a deployment would be refused until it has ended`;
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function head(plan: Plan): string[] {
  const { fleet, command } = plan;
  if (isPlaceless(plan)) return [`Plan: ${plan.environment}/${plan.service}, flags alone: no instance is changed`];
  const counts = [
    `${fleet.to_change.toLocaleString('en-US')} to change`,
    `${fleet.unchanged.toLocaleString('en-US')} unchanged`,
    ...(fleet.unreachable > 0 ? [`${fleet.unreachable} unreachable`] : []),
    ...(fleet.excluded > 0 ? [`${fleet.excluded} excluded`] : []),
  ];
  return [
    `Plan: ${plan.environment}/${plan.service} to ${releaseText(plan.release)} (code / configuration)`,
    ...(plan.simulated === undefined ? [] : [plan.simulated]),
    `  fleet    ${fleet.file ?? `inventory: ${labelsText(fleet.labels ?? {})}`}`,
    `           ${counted(fleet.targeted, 'instance')} targeted: ${counts.join(', ')}`,
    `  driver   ${plan.driver}`,
    ...(command === undefined
      ? []
      : [
          `  runs     ${commandText(command.argv)}`,
          ...(command.ssh === undefined ? [] : [`           ${sshText(command.ssh)}`]),
          `           once per instance, without a shell, in ${command.directory}`,
          `           with ${command.environment.join(', ')}`,
        ]),
    ...(plan.health === undefined ? [] : [`  health   ${plan.health}`]),
  ];
}

/** `over ssh as deploy, port 22, on the host of the address` */
function sshText({ user, port, host_label: label }: NonNullable<PlannedCommand['ssh']>): string {
  return `over ssh as ${user}, port ${port}, on the host of ${label === undefined ? "each instance's address" : `the label ${label}`}`;
}

function changes(plan: Plan): string[] {
  const { fleet, unreachable } = plan;
  return [
    ...(plan.changes.length === 0 ? ['nothing: every targeted instance runs this release and is healthy'] : []),
    ...plan.changes.map(
      ({ from, to, instances }) =>
        `${releaseText(from)} → ${releaseText(to)}, ${counted(instances.length, 'instance')}: ${nameList(instances)}`,
    ),
    ...(fleet.unchanged === 0
      ? []
      : [`unchanged, ${counted(fleet.unchanged, 'instance')}: ${nameList(plan.unchanged)}`]),
    ...(unreachable.length === 0
      ? []
      : [
          `unreachable, ${counted(unreachable.length, 'instance')}: ${nameList(unreachable.map((each) => `${each.instance_id} (${each.becomes}: ${each.reason})`))}`,
        ]),
    ...(fleet.excluded === 0 ? [] : [`excluded, ${counted(fleet.excluded, 'instance')}: ${nameList(plan.excluded)}`]),
  ];
}

function steps(plan: Plan): string[] {
  const batches = plan.steps.filter(({ kind }) => kind === 'update').length;
  if (batches <= MOST_BATCHES) return plan.steps.map(stepText);
  // The first ones show how it begins; what a person decides on is shown wherever it is.
  let shown = 0;
  const lines = plan.steps.flatMap((step) => {
    if (step.kind === 'update') shown++;
    const kept = shown <= MOST_BATCHES || step.kind === 'approve' || step.kind === 'bake';
    return kept ? [stepText(step)] : [];
  });
  return [...lines, `and ${(batches - MOST_BATCHES).toLocaleString('en-US')} more batches, like the last of these`];
}

function stepText(step: PlannedStep): string {
  return step.kind === 'update' ? `${step.summary}: ${nameList(step.instances)}` : step.summary;
}

function limits(plan: Plan): string[] {
  const { limits: of, on_failure } = plan;
  const deadline = of.deployment_timeout_ms;
  return [
    ...(isPlaceless(plan)
      ? [`on failure: ${on_failure}`]
      : [
          of.summary,
          `then: ${on_failure}`,
          `each instance: ${counted(of.max_attempts, 'attempt')} of ${durationText(of.instance_timeout_ms)}, good within ${durationText(of.health_timeout_ms)}`,
        ]),
    ...(deadline === undefined
      ? []
      : [`all of it: ${durationText(deadline)}, without the time paused, awaiting approval or baking`]),
  ];
}

function time({ estimate }: Plan): string[] {
  const { at_least_ms: least, at_most_ms: most } = estimate;
  const about = least === most ? `about ${durationText(least)}` : `at least ${durationText(least)}`;
  const bound = most === undefined || most === least ? '' : `, at most ${durationText(most)}`;
  return [`${about}${bound}: ${estimate.how}`];
}
