import { healthWord } from '../domain';
import type { InstanceState } from '../store/instance-state';

type Entry = Record<string, unknown>;

const BYTE_ORDER_MARK = '\uFEFF';

/** The text of an instances.json with these states written in; every other key and entry stays as it is. */
export function writeStates(text: string, states: Map<string, InstanceState>): string {
  if (text.startsWith(BYTE_ORDER_MARK)) return BYTE_ORDER_MARK + writeStates(text.slice(1), states);
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries)) throw new SyntaxError('it is no list');
  const changed = entries.map((entry: unknown) => written(entry, states));
  return changed.some((entry, index) => entry !== entries[index]) ? textOf(changed, text) : text;
}

function written(entry: unknown, states: Map<string, InstanceState>): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const old = entry as Entry;
  const state = typeof old['instance_id'] === 'string' ? states.get(old['instance_id']) : undefined;
  if (state === undefined) return entry;
  const told: Entry = {
    ...(state.versions && {
      code_version: state.versions.codeVersion,
      configuration_version: state.versions.configurationVersion,
      // The artifact of other versions must not stay; an entry that has none gets no key for it.
      ...((state.versions.artifact ?? old['artifact']) === undefined ? {} : { artifact: state.versions.artifact }),
    }),
    health: healthWord(state.health),
  };
  return Object.keys(told).every((key) => old[key] === told[key]) ? entry : { ...old, ...told };
}

/** Laid out as it was: an entry a line, or indented. */
function textOf(entries: unknown[], before: string): string {
  const end = before.endsWith('\n') ? '\n' : '';
  const inner = before
    .split('\n')
    .slice(1)
    .filter((line) => /^\s*\{/.test(line));
  if (inner.length === entries.length && inner.every((line) => /\},?\s*$/.test(line))) {
    const indent = /^\s*/.exec(inner[0] ?? '')?.[0] ?? '  ';
    return `[\n${entries.map((entry) => indent + oneLine(entry)).join(',\n')}\n]${end}`;
  }
  const indent = /\n([ \t]+)\S/.exec(before)?.[1] ?? '  ';
  return JSON.stringify(entries, null, before.includes('\n') ? indent : undefined) + end;
}

/** Line breaks within texts are escaped, so those left are the layout's. */
function oneLine(entry: unknown): string {
  return JSON.stringify(entry, null, 1).replace(/\s*\n\s*/g, ' ');
}
