import { belay, openControl } from './belay.mjs';
import { Visitors } from './visitors.mjs';

/** One deployment by shares of requests, while users come: how it ended, and which release they got at each step. */
export async function expose({ service, file, url, rollout, signal }) {
  const { version, title, wanted, exit, shares } = rollout;
  const { control, close } = await openControl();
  const visitors = new Visitors(url);
  try {
    let code;
    try {
      code = await belay(['deploy', '-f', file, '--note', `demo: ${title}`], { signal });
    } finally {
      await visitors.stop();
    }
    const { standing, exposure } = await control.show({ environment: 'local', service });
    const { document } = standing;
    const good = code === exit && document.status === wanted && visitors.counts.failed === 0;
    const steps = stepsOf(exposure.traffic_history, document.ended_at, visitors.visits, version);
    const after = afterViolation(document, visitors.visits, version);
    return { version, wanted, document, requests: visitors.counts, good, asked: shares, steps, after };
  } finally {
    await close();
  }
}

/** Who came from when every router had a share until the next one was on its way, and how many of them got the release. */
function stepsOf(shifts, endedAt, visits, version) {
  const times = shifts.map(({ at }) => Date.parse(at));
  return shifts.map(({ traffic_percent: percent, confirmed_ms: took }, index) => {
    const [from, until] = [times[index] + (took ?? 0), times[index + 1] ?? Date.parse(endedAt)];
    const came = visits.filter(({ sent }) => sent > from && sent < until);
    return { percent, users: came.length, onRelease: came.filter((visit) => visit.version === version).length };
  });
}

/** How long after the last violation the last user came who got the release, in ms; undefined: there was none. */
function afterViolation({ violations }, visits, version) {
  const last = violations.at(-1);
  if (last === undefined) return undefined;
  const sent = visits.filter((visit) => visit.version === version).map((visit) => visit.sent);
  return Math.max(0, ...sent) - Date.parse(last.at);
}
