/** What the demo tells on the terminal. */

export function heading(text) {
  console.log(`\n── ${text}`);
}

/** What became of one deployment, and of the requests that ran meanwhile. */
export function tell({ version, wanted, document, requests, good }) {
  const { succeeded, rolled_back, failed, unresolved, total } = document.counts;
  const versions = Object.entries(requests.versions).map(([each, count]) => `${count} by ${each}`);
  console.log(`${good ? '✓' : '✗'} ${version}: ${document.status} (wanted: ${wanted})`);
  if (document.reason !== null) console.log(`    why       ${document.reason}`);
  console.log(
    `    instances ${succeeded} updated, ${rolled_back} rolled back, ${failed + unresolved} failed, of ${total}`,
  );
  console.log(`    requests  ${requests.answered} answered (${versions.join(', ')}), ${requests.failed} failed`);
  for (const fault of requests.faults.slice(0, 3)) console.log(`              ${fault}`);
  console.log(`    history   ${document.links.web_ui}`);
}

/** Of some hundreds of users, chance moves a share by this many points at the most. */
const CHANCE = 5;

/**
 * Which share of the users got a release at each step, beside the one that was asked for, and how long it took to take it
 * back; answers whether that is as it should.
 */
export function tellShares({ version, asked, steps, after }) {
  const came = check(
    steps.map(({ percent }) => percent).join() === asked.join(),
    `${version}: its steps were ${steps.map(({ percent }) => `${percent}%`).join(', ')} of the requests`,
  );
  const right = steps.map(({ percent, users, onRelease }) => {
    const observed = (100 * onRelease) / users;
    const off = Math.abs(observed - percent);
    return check(
      percent === 0 || percent === 100 ? off === 0 : off <= CHANCE,
      `${version}: asked for ${percent}% of the requests, got ${observed.toFixed(1)}% (${onRelease} of ${users})`,
    );
  });
  if (after !== undefined) {
    const time = after < 100 ? 'less than 0.1 s' : `${(after / 1_000).toFixed(1)} s`;
    console.log(`    taken back: ${time} after the last violation nobody was sent to ${version} any more`);
  }
  return came && right.every(Boolean);
}

/** One thing that had to be so; answers whether it is. */
export function check(good, text) {
  console.log(`${good ? '✓' : '✗'} ${text}`);
  return good;
}
