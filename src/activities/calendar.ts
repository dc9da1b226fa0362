import { closedAt, type Closed } from '../domain/calendar/closed';
import { plannedFor } from '../domain/calendar/planned-freeze';
import { freezeText, type Freeze } from '../domain/freeze';
import type { FreezeRow, Request } from '../store/types';
import type { Tools } from './dependencies';
import { heartbeating } from './running';
import { SEQUENCE } from './sequence';
import type { Acted, Activities } from './types';

/** Clocks differ: what is over by this one may not be by the database's, which is asked again no sooner. */
const LEAST_WAIT_MS = 1_000;

/** Whether a deployment may go forward now. Each look is a fresh one: freezes come and go. A way back is never closed. */
export function readCalendar(tools: Tools, { generation }: Parameters<Activities['readCalendar']>[0]): Promise<Acted> {
  return heartbeating(async () => {
    const { request } = await tools.deployments.of(generation);
    if (request.kind === 'rollback') return {};
    const { environment, service, windows = [] } = request.spec;
    const now = tools.now();
    const planned = closedAt({ windows, freezes: plannedFor(tools.freezes, request.spec) }, now);
    const placed = await tools.store.freezesInForce({ environment, service });
    if (request.overrideFreeze !== undefined) {
      await recordOverride(tools, generation, request, planned, placed);
      return {};
    }
    const closed = together([planned, byFreezes(placed, now)].filter((each) => each !== undefined));
    return closed === undefined ? {} : { closed };
  });
}

/** What it goes past is said once each: what it met when it began, the beginning has said. */
async function recordOverride(
  { store }: Tools,
  generation: number,
  { actor: by, overrideFreeze, createdAt }: Request,
  planned: Closed | undefined,
  placed: FreezeRow[],
): Promise<void> {
  const record = (sequence: number, what: string) =>
    store.appendEventOnce(
      { generation, type: 'freeze_overridden', by, reason: `${overrideFreeze} (${what})` },
      sequence,
    );
  if (planned !== undefined) await record(SEQUENCE.closed, planned.reason);
  for (const freeze of placed) {
    if (freeze.since > createdAt) await record(SEQUENCE.frozen - freeze.id, freezeText(freeze));
  }
}

function byFreezes(freezes: Freeze[], now: number): Closed | undefined {
  return together(
    freezes.map((freeze) => ({
      until: freeze.until === undefined ? null : Math.max(freeze.until.getTime(), now + LEAST_WAIT_MS),
      reason: freezeText(freeze),
    })),
  );
}

/** Closed until the last of them is over. */
function together(all: Closed[]): Closed | undefined {
  if (all.length === 0) return undefined;
  const ends = all.map(({ until }) => until);
  return {
    until: ends.includes(null) ? null : Math.max(...ends.map(Number)),
    reason: all.map(({ reason }) => reason).join('; '),
  };
}
