import type { EventRow, FreezeRow, Standing } from '../control/control';
import { eventDocument, freezeDocument, statusDocument } from '../control/documents';

/** Where a deployment stands, as `belay status --json` prints it, and beside it who told so, and whether it stays so. */
export function standingDocument(standing: Standing) {
  const { source, recorded, lost } = standing;
  return { ...statusDocument(standing), standing: { source, recorded, lost } };
}

/** A line of the event log, with the id that a stream can be resumed from. */
export function loggedDocument(event: EventRow) {
  return { id: event.id, ...eventDocument(event) };
}

export function numberedFreeze(freeze: FreezeRow) {
  return { id: freeze.id, ...freezeDocument(freeze) };
}
