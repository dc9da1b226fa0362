/** Many users of one service, who come whether the last ones have got their answer or not. */

const USERS = 2_000;
const TICK_MS = 20;
const PER_SECOND = 200;
/** After a pause of the whole machine they don't come all at once. */
const MOST_AT_ONCE = 60;
const PATIENCE_MS = 20_000;

/** Sends users to a service by its router, 200 a second, and remembers which release each of them got. */
export class Visitors {
  counts = { answered: 0, failed: 0, versions: {}, faults: [] };
  /** By release: when the last user came who got it. */
  lastSent = {};
  /** By the share that the release was asked to have: how many users came, and how many got each release. */
  shares = new Map();
  #underWay = new Set();
  #turn = 0;
  #share;

  constructor(url) {
    this.url = url;
    let before = performance.now();
    let due = 0;
    this.timer = setInterval(() => {
      const now = performance.now();
      due = Math.min(MOST_AT_ONCE, due + ((now - before) / 1_000) * PER_SECOND);
      before = now;
      for (; due >= 1; due--) this.#send(`user-${this.#turn++ % USERS}`);
    }, TICK_MS);
  }

  /** From now on the release is to have this share of the requests; undefined: it is changing. */
  set share(percent) {
    this.#share = percent;
  }

  /** Sends nobody any more, and waits until all have their answers. */
  async stop() {
    clearInterval(this.timer);
    await Promise.all(this.#underWay);
    return this.counts;
  }

  #send(user) {
    const visit = this.#visit(user, this.#share, Date.now()).finally(() => this.#underWay.delete(visit));
    this.#underWay.add(visit);
  }

  async #visit(user, share, sent) {
    try {
      const headers = { cookie: `uid=${user}` };
      const answer = await fetch(this.url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.#count(/\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown', share, sent);
    } catch (error) {
      this.counts.failed++;
      this.counts.faults.push(`${user}: ${error.cause?.message ?? error.message}`);
    }
  }

  #count(version, share, sent) {
    this.counts.answered++;
    this.counts.versions[version] = (this.counts.versions[version] ?? 0) + 1;
    this.lastSent[version] = Math.max(this.lastSent[version] ?? 0, sent);
    if (share === undefined) return;
    const seen = this.shares.get(share) ?? { users: 0, versions: {} };
    seen.users++;
    seen.versions[version] = (seen.versions[version] ?? 0) + 1;
    this.shares.set(share, seen);
  }
}
