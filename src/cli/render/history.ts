import type { HistoryRow, InstanceHistoryRow } from '../../control/control';
import type { Paint } from '../output';
import { whatText } from './progress';
import { tableLines } from './table';
import { shortRelease, shortVersions, statusText, timeText } from './words';

/** Deployments, the newest first. */
export function historyLines(rows: HistoryRow[], paint: Paint): string[] {
  if (rows.length === 0) return ['No deployment matches.'];
  const cells = rows.map(({ document, startedAt }) => [
    timeText(startedAt),
    document.id,
    statusText(document.status, paint),
    releaseOf(document),
    document.actor,
    whatText(document),
    document.note ?? '',
  ]);
  return tableLines(['STARTED', 'DEPLOYMENT', 'STATUS', 'RELEASE', 'BY', 'INSTANCES', 'NOTE'], cells, paint);
}

function releaseOf({ release, rollback_of, driver }: HistoryRow['document']): string {
  if (release !== null) return driver === 'none' ? release.code_version : shortRelease(release);
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
