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

/** One thing that had to be so; answers whether it is. */
export function check(good, text) {
  console.log(`${good ? '✓' : '✗'} ${text}`);
  return good;
}
