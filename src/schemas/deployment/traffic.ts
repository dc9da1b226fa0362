import { z } from 'zod';
import { parseAddress } from '../../domain/address';
import { GROUP, type TrafficSpec } from '../../domain/traffic';
import { object, variants } from '../object';
import { converted, duration, list, mapOf, positiveDuration } from '../scalars';
import { byName, NAMED, orNamed } from './by-name';
import { argv, env } from './command-parts';

const endpoint = converted('address', 'write unix:/run/haproxy/admin.sock, or host:port', (text) => {
  return readEndpoint(text.replaceAll(GROUP, 'group')) === undefined ? undefined : text;
});

function readEndpoint(text: string): string | undefined {
  if (/^unix:\/[^\s\u0000-\u001f]{1,100}$/.test(text)) return text;
  const address = parseAddress(text);
  return address !== undefined && address.port > 0 ? text : undefined;
}

/** Both end up in commands of the Runtime API, whose words are set apart by blanks. */
const mapFile = converted('path', 'write the map as HAProxy knows it, like /etc/haproxy/belay.map', (text) =>
  /^[A-Za-z0-9/._#@-]{1,255}$/.test(text.replaceAll(GROUP, 'group')) ? text : undefined,
);
const backend = converted('text', 'write the name of a backend in HAProxy, like web_stable', (text) =>
  /^[A-Za-z0-9_.:-]{1,128}$/.test(text.replaceAll(GROUP, 'group')) ? text : undefined,
);

const unique = <Item>(items: Item[], context: z.core.$RefinementCtx): void => {
  for (const [i, item] of items.entries()) {
    if (items.indexOf(item) === i) continue;
    context.addIssue({ code: 'custom', path: [i], message: `is ${String(item)} a second time; keep one` });
  }
};

const backends = mapOf(backend, 'write a map like { stable: web_stable, canary: web_canary }').superRefine(
  (groups, context) => {
    const seen = new Map<string, string>();
    for (const [group, called] of Object.entries(groups)) {
      const other = seen.get(called);
      if (other !== undefined) {
        const message = `is ${called}, which is that of ${other}; each group needs a backend of its own`;
        context.addIssue({ code: 'custom', path: [group], message });
      }
      seen.set(called, group);
    }
  },
);

const drainTimeout = duration()
  .prefault('30s')
  .describe('How long requests that are under way are waited for before an instance is changed.');

const haproxy = object(
  {
    type: z.literal('haproxy').describe('HAProxy is told over its Runtime API. See [traffic](traffic.md).'),
    endpoints: list(endpoint, 'write a list like ["unix:/run/haproxy/admin.sock"]', 1)
      .superRefine(unique)
      .meta({ type: 'list of texts' })
      .describe(
        'The Runtime API of every HAProxy that serves the fleet, where the worker runs: `unix:/path` or `host:port`. With `groups`, `{{group}}` stands for the name of each, here and in `map` and `backends`.',
      ),
    map: mapFile.describe("The map that HAProxy's configuration splits by, as it is named there."),
    backends: backends.describe(
      'The backend of each group: `stable` and `canary`; of blue-green, the two groups by their names. A server in it is called as the instance is.',
    ),
    drain_timeout: drainTimeout,
    timeout: positiveDuration().prefault('5s').describe('How long one answer may take.'),
  },
  'write a map with type, endpoints, map and backends',
);

const command = object(
  {
    type: z.literal('command').describe('Commands of your own tell a balancer or a mesh.'),
    shift: argv().describe(
      "argv; sets the weights that it finds in its environment. A relative path counts from this file's folder.",
    ),
    read: argv().describe('argv; prints the weights as JSON, like `{ "stable": 75, "canary": 25 }`.'),
    drain: argv()
      .optional()
      .describe('argv; takes an instance out of service, and ends when nothing is under way there.'),
    admit: argv().optional().describe('argv; puts an instance back into service.'),
    env: env
      .prefault({})
      .describe(
        'Variables for the commands. `${env:NAME}` is resolved where the worker runs, and never stored or printed.',
      ),
    drain_timeout: drainTimeout,
    timeout: positiveDuration().prefault('30s').describe('How long one command may take.'),
  },
  'write a map with type, shift and read',
);

const nop = object(
  {
    type: z.literal('nop').describe('Nothing can be told: the share of instances is the share of the requests.'),
  },
  'write { type: nop }',
);

const KINDS = [haproxy, command, nop] as const;
const WORDS = ['haproxy', 'command', 'nop'];

/** Traffic that is written out. */
export const writtenTraffic = variants('type', KINDS, WORDS);

/** What is in front of the fleet, or the name of it. */
export const traffic = orNamed(variants('type', [...KINDS, byName('router', 'edge')], WORDS)).describe(
  'What is in front of the fleet: it decides which instances get which share of the requests.',
);

type Parsed = z.output<typeof traffic>;

/** The name of traffic that is defined elsewhere. */
export function trafficNameOf(parsed: Parsed | undefined): string | undefined {
  return parsed?.type === NAMED ? parsed.name : undefined;
}

/** What is written out; undefined for a name: whoever knows what it stands for puts that in its place. */
export function writtenIn(parsed: Parsed | undefined, directory: string): TrafficSpec | undefined {
  return parsed === undefined || parsed.type === NAMED ? undefined : trafficSpec(parsed, directory);
}

/** @param directory the folder of the file that it is written in */
export function trafficSpec(parsed: z.output<typeof writtenTraffic>, directory: string): TrafficSpec {
  switch (parsed.type) {
    case 'nop':
      return { kind: 'nop' };
    case 'haproxy': {
      const { endpoints, map, backends: groups, drain_timeout: drainTimeoutMs, timeout: timeoutMs } = parsed;
      return { kind: 'haproxy', endpoints, map, backends: groups, drainTimeoutMs, timeoutMs };
    }
    case 'command': {
      const { shift, read, drain, admit, env: variables } = parsed;
      return {
        kind: 'command',
        shift,
        read,
        ...(drain === undefined ? {} : { drain }),
        ...(admit === undefined ? {} : { admit }),
        directory,
        env: variables,
        drainTimeoutMs: parsed.drain_timeout,
        timeoutMs: parsed.timeout,
      };
    }
  }
}
