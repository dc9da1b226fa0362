import type { DeploymentRow, InstanceHistoryRow } from '../../control/control';
import { releaseDocument } from '../../domain';
import type { Paint } from '../output';
import { countsText } from './progress';
import { tableLines } from './table';
import { shortRelease, shortVersions, statusText, timeText } from './words';

/** Deployments, the newest first. */
export function historyLines(rows: DeploymentRow[], paint: Paint): string[] {
  if (rows.length === 0) return ['No deployment matches.'];
  const cells = rows.map(({ document, startedAt }) => [
    timeText(startedAt),
    document.id,
    statusText(document.status, paint),
    whatText(document),
    document.actor,
    countsText(document),
    document.note ?? '',
  ]);
  return tableLines(['STARTED', 'DEPLOYMENT', 'STATUS', 'RELEASE', 'BY', 'INSTANCES', 'NOTE'], cells, paint);
}

function whatText({ release, rollback_of }: DeploymentRow['document']): string {
  if (release !== null) return shortRelease(release);
  return rollback_of === undefined ? 'back to a snapshot' : `rollback of ${rollback_of}`;
}

/** What ran on an instance, since when, brought by whom. */
export function instanceHistoryLines(rows: InstanceHistoryRow[], instance: string, paint: Paint): string[] {
  if (rows.length === 0) return [`Nothing was recorded of an instance ${instance}.`];
  const cells = rows.map((row) => [
    timeText(row.since),
    shortVersions(row.versions),
    `${row.found === true ? 'found by ' : ''}${row.environment}/${row.service}/${row.generation}`,
    row.by,
  ]);
  return tableLines(['SINCE', 'RELEASE', 'BROUGHT BY', 'STARTED BY'], cells, paint);
}

/** One row of an instance's history as JSON. */
export function instanceHistoryDocument(row: InstanceHistoryRow): unknown {
  return {
    instance_id: row.instance,
    service: row.service,
    environment: row.environment,
    ...releaseDocument(row.versions),
    since: row.since.toISOString(),
    generation: row.generation,
    by: row.by,
    found: row.found === true,
  };
}
