import type { HaproxyTrafficSpec, Routing, Split } from '../../../domain/traffic';
import type { ServicePlace } from '../driver';
import { layoutOf, type Layout } from './layout';
import { entriesOf, keyOf, ownEntries, splitOf, type Entries } from './map';
import { keepingOf, keepMap, mapFileOf } from './map-file';
import type { Runtime } from './runtime';

/** How one HAProxy splits a service's requests: by entries of a map, in its memory and in the map's file. */
export class Shares {
  private readonly layout: Layout;

  constructor(
    private readonly runtime: Runtime,
    private readonly map: string,
    spec: Pick<HaproxyTrafficSpec, 'backends'>,
    private readonly place: ServicePlace,
  ) {
    this.layout = layoutOf(spec);
  }

  async read(signal: AbortSignal): Promise<Split> {
    const entries = this.layout.kind === 'single' ? new Map<string, string>() : await this.entries(signal);
    return this.inWords(() => splitOf(this.layout, entries, this.place));
  }

  async set(split: Split, routing: Routing, signal: AbortSignal): Promise<void> {
    const wanted = this.inWords(() => entriesOf(this.layout, split, routing, this.place));
    if (this.layout.kind === 'single') return;
    const before = await this.entries(signal);
    if (this.layout.kind === 'slots') await this.refuseEmpty(before, wanted, signal);
    const stale = [...ownEntries(before, this.place).keys()].filter((key) => !wanted.has(key));
    await this.runtime.setEntries(this.map, before, wanted, stale, signal);
    await this.confirm(wanted, signal);
    await this.keep(signal);
  }

  private async entries(signal: AbortSignal): Promise<Map<string, string>> {
    const entries = await this.runtime.entries(this.map, signal);
    if (entries === undefined) throw this.runtime.fault(noMap(this.map));
    return entries;
  }

  /** Requests are never switched to a backend in which nobody would answer them. */
  private async refuseEmpty(before: Entries, wanted: Entries, signal: AbortSignal): Promise<void> {
    const [backend, live] = [wanted, before].map((entries) => entries.get(keyOf(this.place)));
    if (backend === undefined || backend === live) return;
    const servers = await this.runtime.servers([backend], signal);
    if (servers.flat().some(({ up }) => up)) return;
    throw this.runtime.fault(`no server in ${backend} is up: whoever was sent there would get an error`);
  }

  private async confirm(wanted: Entries, signal: AbortSignal): Promise<void> {
    const after = ownEntries(await this.entries(signal), this.place);
    if (after.size === wanted.size && [...wanted].every(([key, value]) => after.get(key) === value)) return;
    const found = [...after].map((entry) => entry.join(' ')).join(', ') || 'no entry of the service';
    throw this.runtime.fault(`map ${this.map} has ${found} after it was set; what else sets it?`);
  }

  /** Writes the file, until it says what is in memory: others may set and write entries of theirs meanwhile. */
  private async keep(signal: AbortSignal): Promise<void> {
    const file = mapFileOf(this.runtime.endpoint, this.map);
    const keeping = file === undefined ? 'elsewhere' : await keepingOf(file);
    if (file === undefined || keeping === 'elsewhere') return;
    if (keeping === 'denied') throw this.runtime.fault(unwritable(file));
    for (let written: string | undefined; ;) {
      const entries = await this.entries(signal);
      const text = JSON.stringify([...entries]);
      if (text === written) return;
      await keepMap(file, keeping, entries).catch((error: unknown) => {
        throw this.runtime.fault(`${unwritable(file)} (${(error as Error).message})`);
      });
      written = text;
    }
  }

  private inWords<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.runtime.fault((error as Error).message);
    }
  }
}

export function noMap(map: string): string {
  return `its configuration uses no map ${map}. Put the lines of \`belay traffic lines\` into its frontend.`;
}

export function unwritable(file: string): string {
  return `the map's file ${file} can't be written, and HAProxy would forget the split when it starts again. Let the worker write there.`;
}
