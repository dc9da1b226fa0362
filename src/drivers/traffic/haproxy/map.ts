import { CANARY, STABLE, type Match, type Routing, type Split } from '../../../domain/traffic';
import { TrafficFault, type ServicePlace } from '../driver';
import { splitText } from '../split';
import type { Layout, Slot } from './layout';

/** A map's entries, as HAProxy has them. */
export type Entries = ReadonlyMap<string, string>;

/** The entry that says how a service's requests are split: a percent, or a backend. */
export function keyOf({ environment, service }: ServicePlace): string {
  return `${environment}/${service}`;
}

/** What the entry of a tester's value begins with. The value follows, encoded as HAProxy's `url_enc` does. */
export function matchPrefix(place: ServicePlace, { kind, name }: Pick<Match, 'kind' | 'name'>): string {
  return `${keyOf(place)}/${kind}/${encoded(kind === 'header' ? name.toLowerCase() : name)}/`;
}

/** All entries of a service that are to be there; a TrafficFault where a map can't say it. */
export function entriesOf(layout: Layout, split: Split, { match }: Routing, place: ServicePlace): Map<string, string> {
  const entries = new Map<string, string>();
  switch (layout.kind) {
    case 'single':
      if (split[layout.group] !== 100) throw unsplittable(split, `all requests go to ${layout.group}, the only group`);
      return entries;
    case 'share': {
      const { [CANARY]: canary = 0, [STABLE]: stable = 0 } = split;
      if (!Number.isInteger(canary) || canary < 0 || canary + stable !== 100) {
        throw unsplittable(split, `${STABLE} and ${CANARY} get whole percents, 100 in all`);
      }
      for (const each of match) entries.set(matchPrefix(place, each) + encoded(each.value), layout.canary);
      entries.set(keyOf(place), String(canary));
      return entries;
    }
    case 'slots': {
      const live = layout.slots.find(({ group }) => split[group] === 100);
      if (live === undefined) throw unsplittable(split, `one of ${groupsText(layout.slots)} gets all requests`);
      entries.set(keyOf(place), live.backend);
      return entries;
    }
  }
}

/** How a service's entries split the requests; a TrafficFault where they say something else. */
export function splitOf(layout: Layout, entries: Entries, place: ServicePlace): Split {
  const value = entries.get(keyOf(place));
  switch (layout.kind) {
    case 'single':
      return { [layout.group]: 100 };
    case 'share': {
      const canary = Number(value ?? 0);
      if (value !== undefined && !isPercent(value)) throw new TrafficFault(wrong(layout, value, place));
      return { [STABLE]: 100 - canary, [CANARY]: canary };
    }
    case 'slots': {
      // Without an entry the first one serves: the lines that Belay prints say so.
      const live = value === undefined ? layout.slots[0] : layout.slots.find(({ backend }) => backend === value);
      if (live === undefined) throw new TrafficFault(wrong(layout, value ?? '', place));
      return Object.fromEntries(layout.slots.map(({ group }) => [group, group === live.group ? 100 : 0]));
    }
  }
}

/** Of a map's entries those about a service. */
export function ownEntries(entries: Entries, place: ServicePlace): Map<string, string> {
  const key = keyOf(place);
  return new Map([...entries].filter(([each]) => each === key || each.startsWith(`${key}/`)));
}

/** What is wrong with the entries that stand there for a service: those that lead nowhere. */
export function misleading(layout: Layout, entries: Entries, place: ServicePlace, backends: Set<string>): string[] {
  const own = ownEntries(entries, place);
  const problems: string[] = [];
  for (const [key, value] of own) {
    if (key !== keyOf(place)) {
      if (!backends.has(value)) problems.push(`its entry ${key} names the backend ${value}, which is not there`);
    } else if (layout.kind === 'slots' && !backends.has(value)) {
      problems.push(`its entry ${key} names the backend ${value}, which is not there`);
    } else if (layout.kind === 'slots' ? !layout.slots.some(({ backend }) => backend === value) : !isPercent(value)) {
      problems.push(wrong(layout, value, place));
    }
  }
  return problems;
}

/** As HAProxy's `url_enc`: all but letters, digits and `-._~`. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function isPercent(value: string): boolean {
  return /^(100|[1-9]?\d)$/.test(value);
}

function wrong(layout: Layout, value: string, place: ServicePlace): string {
  const right =
    layout.kind === 'slots' ? `one of ${layout.slots.map(({ backend }) => backend).join(', ')}` : '0 to 100';
  return `its entry ${keyOf(place)} is ${value}, and should be ${right}. Correct it with \`set map\`, and in the map's file.`;
}

function unsplittable(split: Split, right: string): TrafficFault {
  return new TrafficFault(`requests can't be split like ${splitText(split)}: ${right}`);
}

function groupsText(slots: readonly Slot[]): string {
  return slots.map(({ group }) => group).join(' and ');
}
