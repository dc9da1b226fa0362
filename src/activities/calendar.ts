import { openAt } from '../domain/calendar/open';
import { closedText } from '../domain/calendar/text';
import { freezeText, type Freeze } from '../domain/freeze';
import type { Request } from '../store/types';
import type { Tools } from './dependencies';
import { heartbeating } from './running';
import type { Acted, Activities } from './types';

type Closed = NonNullable<Acted['closed']>;

/** Clocks differ: what is over by this one may not be by the database's, which is asked again no sooner. */
const LEAST_WAIT_MS = 1_000;

/** Whether a deployment may go forward now. Each look is a fresh one: freezes come and go. A way back is never closed. */
export function readCalendar(tools: Tools, { generation }: Parameters<Activities['readCalendar']>[0]): Promise<Acted> {
  return heartbeating(async () => {
    const { request } = await tools.deployments.of(generation);
    if (request.kind === 'rollback') return {};
    const now = tools.now();
    const found = [byWindows(request, now), byFreezes(await freezesOf(tools, request), now)];
    const closed = together(found.filter((each) => each !== undefined));
    return closed === undefined ? {} : { closed };
  });
}

function byWindows({ spec: { windows = [] } }: Request, now: number): Closed | undefined {
  if (windows.length === 0) return undefined;
  const opening = openAt(windows, new Date(now));
  if (opening.open) return undefined;
  return { until: opening.until.getTime(), reason: closedText(windows, opening) };
}

/** Those that came after the deployment had begun: with any other it would not have, unless it goes past all of them. */
async function freezesOf({ store }: Tools, { spec, overrideFreeze }: Request): Promise<Freeze[]> {
  if (overrideFreeze !== undefined) return [];
  const { environment, service } = spec;
  return store.freezesInForce({ environment, service });
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
