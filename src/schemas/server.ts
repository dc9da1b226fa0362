import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { parseAddress, type Address } from '../domain/address';
import { InputError } from '../domain/errors';
import { parseInstant } from '../domain/instant';
import type { NotificationTarget } from '../domain/notification/target';
import type { PlannedFreeze } from '../domain/calendar/planned-freeze';
import { freezes, freezesOf } from './freezes';
import { labels } from './http';
import { offsetOf, problemAt } from './node';
import { notifications, notificationsOf } from './notifications';
import { object } from './object';
import { parseWith } from './parse-with';
import { readText } from './read-text';
import { reconcile, reconcileOf, type ReconcileSection } from './reconcile';
import { byteSize, converted, integer, line, positiveDuration } from './scalars';
import { catalogFault, catalogOf, drivers, hooks, routers, services, type Catalog } from './server-drivers';
import { parseYaml } from './yaml';

const MOST_MIB = 1;

const instant = converted('time', 'write a time with its zone, like 2027-01-31T09:00Z', parseInstant);

const registration = object(
  {
    token_file: line('write the path of the file that has the token', 4096).optional(),
    token_env: line('write the name of the variable that has the token', 256).optional(),
    expires: instant.optional(),
    labels: labels.optional(),
  },
  'write { token_file: /etc/belay/registration-token }',
);

const heartbeat = object(
  { interval: positiveDuration().prefault('10s'), unknown_after: positiveDuration().prefault('30s') },
  'write { interval: 10s, unknown_after: 30s }',
);

const listen = object(
  {
    host: line('write an address of this machine, like 127.0.0.1', 255).prefault('127.0.0.1'),
    port: integer(0, 65_535).prefault('7080'),
  },
  'write { host: 127.0.0.1, port: 7080 }',
);

const artifacts = object(
  { dir: line('write the path of a folder', 4096).optional(), max_size: byteSize().prefault('1GiB') },
  'write { dir: /var/lib/belay/artifacts, max_size: 1GiB }',
);

const metrics = object(
  { worker: converted('address', 'write host:port, like 127.0.0.1:9465', parseAddress).optional() },
  'write { worker: "127.0.0.1:9465" }',
);

const DAY_MS = 86_400_000;

/** How long what is kept when nobody says it. */
export const KEPT = { metricsMs: DAY_MS, measurementsMs: 7 * DAY_MS, answersMs: 7 * DAY_MS };

const retention = object(
  {
    events: positiveDuration().optional(),
    metrics: positiveDuration().optional(),
    output: positiveDuration().optional(),
    measurements: positiveDuration().optional(),
    answers: positiveDuration().optional(),
  },
  'write { events: 90d, metrics: 24h, output: 30d, measurements: 7d, answers: 7d }',
);

/** belay.yaml: what the API and the workers of a Belay are like. */
const server = object(
  {
    registration: registration.optional(),
    heartbeat: heartbeat.prefault({}),
    listen: listen.optional(),
    artifacts: artifacts.prefault({}),
    metrics: metrics.prefault({}),
    reconcile: reconcile.prefault({}),
    retention: retention.prefault({}),
    drivers: drivers.prefault({}),
    services: services.prefault({}),
    traffic: routers.prefault({}),
    hooks: hooks.prefault({}),
    notifications: notifications.prefault([]),
    freezes: freezes.prefault([]),
  },
  'write a map with registration, heartbeat, listen, artifacts, metrics, reconcile, retention, drivers, services, traffic, hooks, notifications or freezes',
);

/** Who may register instances; the token itself is elsewhere. */
export interface RegistrationSettings {
  token: { kind: 'file'; path: string } | { kind: 'variable'; name: string };
  expires?: Date;
  /** An instance must carry each of them. */
  labels: Record<string, string>;
}

/** Where artifacts are, and how large each may be. */
export interface ArtifactSettings {
  /** As it is written; absent: `artifacts/` in the state folder. */
  dir?: string;
  mostBytes: number;
}

export interface ServerSettings extends Catalog {
  artifacts: ArtifactSettings;
  registration?: RegistrationSettings;
  heartbeat: { intervalMs: number; unknownAfterMs: number };
  /** Absent: nobody said it. */
  listen?: Address;
  /** Where a worker tells Prometheus what it does. */
  metrics: { worker?: Address };
  reconcile: ReconcileSection;
  /** Whom workers tell what happens. */
  notifications: NotificationTarget[];
  /** When deployments wait. */
  freezes: PlannedFreeze[];
  /** How long what is kept, in ms; absent: for ever. */
  retention: { eventsMs?: number; metricsMs: number; outputMs?: number; measurementsMs: number; answersMs: number };
}

/** What a belay.yaml says; every default without one. An InputError names what is wrong where. */
export async function readServerSettings(file?: string): Promise<ServerSettings> {
  if (file === undefined) return settingsOf(server.parse({}), '/');
  const source = parseYaml(file, await readText(file, MOST_MIB));
  const parsed = parseWith(server, source);
  const fault = faultOf(parsed);
  if (fault !== undefined) {
    throw new InputError(
      problemAt(source, offsetOf(source.root, fault.path), `${fault.path.join('.')} ${fault.message}`),
    );
  }
  return settingsOf(parsed, dirname(await realpath(file)));
}

type Parsed = z.output<typeof server>;

function faultOf({
  registration: asked,
  heartbeat: beats,
  ...rest
}: Parsed): { path: string[]; message: string } | undefined {
  if (asked !== undefined && (asked.token_file === undefined) === (asked.token_env === undefined)) {
    return { path: ['registration'], message: 'needs one of token_file and token_env; write where the token is' };
  }
  if (beats.unknown_after <= beats.interval) {
    return {
      path: ['heartbeat', 'unknown_after'],
      message: 'is not longer than heartbeat.interval; make it three times as long',
    };
  }
  return catalogFault(rest);
}

/** @param directory the folder of the file */
function settingsOf(
  {
    registration: asked,
    heartbeat: beats,
    listen: at,
    artifacts: kept,
    metrics: { worker },
    retention: { events, metrics: samples, output, measurements, answers },
    ...rest
  }: Parsed,
  directory: string,
): ServerSettings {
  return {
    artifacts: { mostBytes: kept.max_size, ...(kept.dir === undefined ? {} : { dir: kept.dir }) },
    heartbeat: { intervalMs: beats.interval, unknownAfterMs: beats.unknown_after },
    ...(at === undefined ? {} : { listen: at }),
    metrics: worker === undefined ? {} : { worker },
    reconcile: reconcileOf(rest.reconcile),
    notifications: notificationsOf(rest.notifications),
    freezes: freezesOf(rest.freezes),
    retention: {
      metricsMs: samples ?? KEPT.metricsMs,
      measurementsMs: measurements ?? KEPT.measurementsMs,
      answersMs: answers ?? KEPT.answersMs,
      ...(events === undefined ? {} : { eventsMs: events }),
      ...(output === undefined ? {} : { outputMs: output }),
    },
    ...catalogOf(rest, directory),
    ...(asked === undefined
      ? {}
      : {
          registration: {
            token:
              asked.token_file === undefined
                ? { kind: 'variable', name: asked.token_env ?? '' }
                : { kind: 'file', path: asked.token_file },
            labels: asked.labels ?? {},
            ...(asked.expires === undefined ? {} : { expires: asked.expires }),
          },
        }),
  };
}
