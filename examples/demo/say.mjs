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

/** Of about a thousand users, chance moves a share by this many points at the most. */
const CHANCE = 6;

/**
 * Which share of the users got a release at each step, beside the one that was asked for, and how long it took to take it
 * back; answers whether that is as it should.
 */
export function tellShares({ version, document, asked, visitors }) {
  let good = true;
  for (const percent of asked) {
    const { users, versions } = visitors.shares.get(percent) ?? { users: 0, versions: {} };
    const observed = (100 * (versions[version] ?? 0)) / users;
    good =
      check(
        users > 0 && Math.abs(observed - percent) <= CHANCE,
        `${version}: asked for ${percent}% of the requests, got ${observed.toFixed(1)}% (${versions[version] ?? 0} of ${users})`,
      ) && good;
  }
  const more = [...visitors.shares.keys()].filter((percent) => !asked.includes(percent));
  if (more.length > 0)
    good = check(false, `${version}: came to ${more.join('% and ')}% of the requests as well`) && good;
  const last = document.violations.at(-1);
  if (document.status === 'rolled_back' && last !== undefined) {
    const ms = (visitors.lastSent[version] ?? 0) - Date.parse(last.at);
    const after = ms < 100 ? 'less than 0.1 s' : `${(ms / 1_000).toFixed(1)} s`;
    console.log(`    taken back: ${after} after the last violation nobody was sent to ${version} any more`);
  }
  return good;
}

/** One thing that had to be so; answers whether it is. */
export function check(good, text) {
  console.log(`${good ? '✓' : '✗'} ${text}`);
  return good;
}
