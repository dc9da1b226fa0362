import type { DeploymentSpec, GroupsSpec } from '../../domain';
import type { DeploymentWindow } from '../../domain/calendar/window';
import { durationText } from '../../domain/duration';
import { InputError } from '../../domain/errors';

/** `traffic:`, `hooks:`, `windows:` and `groups:` of a deployment.yaml that means the same. What only names what belay.yaml has is sent. */
export function aroundDocuments(spec: DeploymentSpec): object {
  const { windows, groups } = spec;
  return {
    ...trafficDocument(spec),
    ...hooksDocument(spec),
    ...(windows === undefined ? {} : { windows: windows.map(windowDocument) }),
    ...(groups === undefined ? {} : { groups: groupsDocument(groups) }),
  };
}

function trafficDocument({ traffic, trafficName: name }: DeploymentSpec): object {
  if (name !== undefined) return { traffic: { name } };
  if (traffic === undefined) return {};
  if (traffic.kind === 'nop') return { traffic: { type: 'nop' } };
  throw new InputError(`the commands and addresses of traffic of the type ${traffic.kind} are not sent to an API`);
}

function hooksDocument({ hooks = {}, hookNames = {} }: DeploymentSpec): object {
  const written = Object.entries(hooks).find(([key]) => !Object.hasOwn(hookNames, key));
  if (written !== undefined) {
    const [key, { kind }] = written;
    throw new InputError(`the hook ${key} is of the type ${kind}, and no commands and addresses are sent to an API`);
  }
  const named = Object.entries(hookNames).map(([key, name]) => [key, { name }] as const);
  return named.length === 0 ? {} : { hooks: Object.fromEntries(named) };
}

function windowDocument({ days, from, to, timeZone }: DeploymentWindow): object {
  return { days, from: timeText(from), to: timeText(to), time_zone: timeZone };
}

/** `09:05` */
function timeText(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function groupsDocument({ by, order, bakeMs, approve, taskQueue }: GroupsSpec): object {
  const workers = taskQueue === undefined ? {} : { task_queue: taskQueue };
  return { by, order, bake: durationText(bakeMs), approve, ...workers };
}
