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
  /** When each of them came, and the release that they got. */
  visits = [];
  #underWay = new Set();
  #turn = 0;

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

  /** Sends nobody any more, and waits until all have their answers. */
  async stop() {
    clearInterval(this.timer);
    await Promise.all(this.#underWay);
  }

  #send(user) {
    const visit = this.#visit(user, Date.now()).finally(() => this.#underWay.delete(visit));
    this.#underWay.add(visit);
  }

  async #visit(user, sent) {
    try {
      const headers = { cookie: `uid=${user}` };
      const answer = await fetch(this.url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const version = /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown';
      this.counts.answered++;
      this.counts.versions[version] = (this.counts.versions[version] ?? 0) + 1;
      this.visits.push({ sent, version });
    } catch (error) {
      this.counts.failed++;
      this.counts.faults.push(`${user}: ${error.cause?.message ?? error.message}`);
    }
  }
}
