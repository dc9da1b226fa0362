import { belay, openControl } from './belay.mjs';
import { Visitors } from './visitors.mjs';

/** How often Belay is asked which share the release has. */
const ASK_MS = 40;

/** One deployment by shares of requests, while users come: how it ended, and which release they got at each step. */
export async function expose({ service, file, url, rollout, signal }) {
  const { version, title, wanted, exit, shares } = rollout;
  const name = { environment: 'local', service };
  const { control, close } = await openControl();
  const visitors = new Visitors(url);
  let over = false;
  try {
    const watched = watchShares(control, name, version, visitors, () => over);
    // It is awaited, and heard of, at the end.
    watched.catch(() => {});
    let code;
    try {
      code = await belay(['deploy', '-f', file, '--note', `demo: ${title}`], { signal });
    } finally {
      over = true;
      await watched;
      await visitors.stop();
    }
    const { document } = await control.status(name);
    const good = code === exit && document.status === wanted && visitors.counts.failed === 0;
    return { version, wanted, document, requests: visitors.counts, good, asked: shares, visitors };
  } finally {
    await close();
  }
}

/** While a release is watched, its share of the requests is what Belay says; in between it may be changing. */
async function watchShares(control, name, version, visitors, over) {
  while (!over()) {
    const document = await statusOf(control, name);
    const watching = document?.release?.code_version === version && document.awaiting?.kind === 'analysis';
    visitors.share = watching ? document.traffic_percent : undefined;
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
  visitors.share = undefined;
}

/** Before the first deployment has begun there is nothing to know. */
async function statusOf(control, name) {
  try {
    return (await control.status(name)).document;
  } catch (error) {
    if (error.name === 'NotFound' || error.name === 'Refused') return undefined;
    throw error;
  }
}
