import type { Overview } from '../../control/control';
import type { StatusDocument } from '../../domain';
import type { Paint } from '../output';
import { awaitingLine, whatText } from './progress';
import { inForceLines } from './freezes';
import { tableLines } from './table';
import { shortVersions, statusText, timeText } from './words';

/** What runs where, since when, by whom; then what is in flight, and what is frozen. */
export function overviewLines({ running, in_flight, frozen }: Overview, paint: Paint): string[] {
  const lines: string[] = [];
  if (running.length === 0) {
    lines.push('Nothing was deployed yet. `belay init` writes a deployment.yaml to begin with.');
  } else {
    const rows = running.map((row) => [
      `${row.environment}/${row.service}`,
      shortVersions(row.versions),
      String(row.instances),
      timeText(row.since),
      row.found === true ? `found by ${row.by}` : row.by,
      row.mixed ? paint.yellow('mixed') : '',
    ]);
    lines.push(...tableLines(['SERVICE', 'RELEASE', 'INSTANCES', 'SINCE', 'BY', ''], rows, paint));
  }
  if (in_flight.length > 0)
    lines.push('', 'In flight:', ...in_flight.flatMap((document) => inFlightLines(document, paint)));
  if (frozen.length > 0) lines.push('', ...inForceLines(frozen, paint));
  return lines;
}

function inFlightLines(document: StatusDocument, paint: Paint): string[] {
  const awaiting = awaitingLine(document);
  const line = `  ${document.id}  ${statusText(document.status, paint)}  ${document.step.summary}: ${whatText(document)}`;
  return awaiting === undefined ? [line] : [line, `    ${awaiting}`];
}
