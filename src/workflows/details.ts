import { SIMULATED, type StatusDocument } from '../domain';
import { exposureText, VERDICT_SIGNS } from '../domain/exposure';

const MOST_FAILURES = 10;

/** What the Web UI shows of a deployment now, in Markdown. */
export function detailsOf(document: StatusDocument, busy: string[]): string {
  const { status, reason, step, counts, awaiting, failures } = document;
  const lines = [`**${status}**${reason === null ? '' : ` – ${reason}`}`, '', step.summary, ''];
  if (document.simulated) lines.unshift(`**${SIMULATED}**`, '');
  if (awaiting) {
    const until = awaiting.until === undefined ? '' : ` until ${awaiting.until}`;
    lines.push(`Waits since ${awaiting.since}${until}: \`${awaiting.command}\``, '');
  }
  lines.push(...exposureLines(document));
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  lines.push(shown.map(([what, count]) => `${count} ${what.replace('_', ' ')}`).join(' · '));
  if (busy.length > 0) {
    const more = counts.in_flight - busy.length;
    lines.push('', `Now: ${busy.join(', ')}${more > 0 ? ` and ${more} more` : ''}`);
  }
  if (failures.length > 0) {
    lines.push('', 'Failed:', '');
    for (const failure of failures.slice(0, MOST_FAILURES)) lines.push(`- ${failure.instance}: ${failure.reason}`);
    const more = counts.failed + counts.unresolved - Math.min(failures.length, MOST_FAILURES);
    if (more > 0) lines.push(`- and ${more} more`);
  }
  return lines.join('\n');
}

/** What the release has of the requests, and what was measured of it last. */
function exposureLines(document: StatusDocument): string[] {
  const exposure = exposureText(document);
  const last = document.analysis?.last;
  return [
    ...(exposure === undefined ? [] : [`**${exposure}**`, '']),
    ...(last === undefined ? [] : [`Measured last: ${VERDICT_SIGNS[last.kind]} ${last.text}`, '']),
  ];
}
