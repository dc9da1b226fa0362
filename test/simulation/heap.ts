/** A queue by time; of two things at the same time, the first or the last put in comes first. */
export class Agenda<T> {
  private readonly items: { at: number; rank: number; what: T }[] = [];
  private count = 0;

  constructor(private readonly lastFirst: boolean) {}

  /** When the next thing happens. */
  get nextAt(): number | undefined {
    return this.items[0]?.at;
  }

  add(at: number, what: T): void {
    const rank = this.lastFirst ? -this.count++ : this.count++;
    const { items } = this;
    items.push({ at, rank, what });
    for (let child = items.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.before(child, parent)) break;
      this.swap(child, parent);
      child = parent;
    }
  }

  take(): { at: number; what: T } | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (!first || !last || items.length === 0) return first;
    items[0] = last;
    for (let parent = 0; ;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < items.length && this.before(child, least)) least = child;
      }
      if (least === parent) return first;
      this.swap(parent, least);
      parent = least;
    }
  }

  private before(a: number, b: number): boolean {
    const [x, y] = [this.items[a], this.items[b]];
    if (!x || !y) return false;
    return x.at < y.at || (x.at === y.at && x.rank < y.rank);
  }

  private swap(a: number, b: number): void {
    const [x, y] = [this.items[a], this.items[b]];
    if (x && y) [this.items[a], this.items[b]] = [y, x];
  }
}
