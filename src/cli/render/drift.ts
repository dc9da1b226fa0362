import type { DriftDocument, DriftInstanceDocument, ServiceDriftDocument } from '../../control/reconcile';
import type { Paint } from '../output';
import { tableLines } from './table';
import { releaseText, shortRelease, timeText } from './words';

const WILL = { bring: 'is brought to it', repair: 'is repaired', wait: 'waits', nothing: 'stays as it is' } as const;

/** By service: what is to run there, who differs, and what becomes of them. */
export function driftLines({ reconcile, services }: DriftDocument, paint: Paint): string[] {
  if (services.length === 0) return ['No service has a fleet that is found by labels.'];
  return [
    ...services.flatMap((each) => [...serviceLines(each, paint), '']),
    `reconcile: ${reconcile.mode}, ${reconcile.interval === '0s' ? 'only when asked' : `every ${reconcile.interval}`}` +
      (reconcile.last_sweep === null ? '' : `, last at ${timeText(reconcile.last_sweep)}`),
  ];
}

function serviceLines(drift: ServiceDriftDocument, paint: Paint): string[] {
  const { environment, service, desired, deployment, reason, instances } = drift;
  const name = paint.bold(`${environment}/${service}`);
  if (desired === null) return [`${name}: nobody reconciles: ${reason}`];
  const head = `${name}: ${releaseText(desired)}, left by ${deployment}`;
  if (instances.length === 0) return [`${head}: all run it`];
  const cells = instances.map((each) => [
    each.instance_id,
    each.kind.replaceAll('_', ' '),
    runsText(each),
    timeText(each.since),
    `${WILL[each.will]}${each.reason === null ? '' : `: ${each.reason}`}`,
  ]);
  return [head, ...tableLines(['INSTANCE', '', 'RUNS', 'SINCE', 'AND'], cells, paint)];
}

function runsText({ code_version, configuration_version, artifact }: DriftInstanceDocument): string {
  if (code_version === null || configuration_version === null) return shortRelease(undefined);
  return shortRelease({ code_version, configuration_version, ...(artifact === undefined ? {} : { artifact }) });
}
