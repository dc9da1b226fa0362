/** Sends users to a service until Ctrl-C, and tells each second which releases they got. usage: node visit.mjs URL */
import { Visitors } from './visitors.mjs';

const { counts } = new Visitors(process.argv[2]);
let before = {};
setInterval(() => {
  const now = Object.entries(counts.versions)
    .map(([version, count]) => [version, count - (before[version] ?? 0)])
    .filter(([, count]) => count > 0)
    .map(([version, count]) => `${count} by ${version}`);
  before = { ...counts.versions };
  console.log(`${now.join(', ')}; ${counts.failed} failed so far`);
}, 1_000);
