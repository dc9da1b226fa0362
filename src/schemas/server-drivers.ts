import type { z } from 'zod';
import type { DriverSpec } from '../domain';
import { isName, NAME_RULE, suggestion } from '../domain/names';
import type { TrafficSpec } from '../domain/traffic';
import { driverSpec, writtenDriver } from './deployment/driver';
import { definedHook, writtenHook, type DefinedHook } from './deployment/hooks';
import { trafficSpec, writtenTraffic } from './deployment/traffic';
import { selector } from './http';
import { object } from './object';
import { mapOf, name } from './scalars';

/** What the agents are called: there is nothing about them to define. */
export const AGENT = 'agent';

const service = object(
  { driver: name('driver').optional(), labels: selector.optional() },
  'write { driver: web-shell, labels: { role: web } }',
);

/** `drivers` of a belay.yaml: those that the API takes by their names. */
export const drivers = mapOf(writtenDriver, 'write a map of drivers, like { web-shell: { type: command, … } }');

/** `traffic` of a belay.yaml: what is in front of fleets, for the API by its name. */
export const routers = mapOf(writtenTraffic, 'write a map of routers, like { edge: { type: haproxy, … } }');

/** `hooks` of a belay.yaml: those that the API takes by their names. */
export const hooks = mapOf(writtenHook, 'write a map of hooks, like { smoke: { type: command, run: [./smoke.sh] } }');

/** `services` of a belay.yaml: what `POST /deploy` needn't say about them. */
export const services = mapOf(service, 'write a map of services, like { web: { driver: web-shell } }');

/** What requests may name instead of writing it out. */
export interface Catalog {
  drivers: Record<string, DriverSpec>;
  services: Record<string, ServiceDefaults>;
  traffic: Record<string, TrafficSpec>;
  hooks: Record<string, DefinedHook>;
}

interface ServiceDefaults {
  /** One of the drivers, or `agent`. */
  driver?: string;
  labels?: Record<string, string>;
}

interface Parsed {
  drivers: z.output<typeof drivers>;
  services: z.output<typeof services>;
  traffic: z.output<typeof routers>;
  hooks: z.output<typeof hooks>;
}

/** The first thing that no single key can tell. */
export function catalogFault(parsed: Parsed): { path: string[]; message: string } | undefined {
  for (const part of ['drivers', 'services', 'traffic', 'hooks'] as const) {
    const wrong = Object.keys(parsed[part]).find((each) => !isName(each));
    if (wrong !== undefined) return { path: [part, wrong], message: `is no name: ${NAME_RULE}` };
  }
  if (Object.hasOwn(parsed.drivers, AGENT)) {
    const message = 'is what the agents are called, which need no definition; choose another name';
    return { path: ['drivers', AGENT], message };
  }
  for (const [each, { driver }] of Object.entries(parsed.services)) {
    if (driver === undefined || driver === AGENT || Object.hasOwn(parsed.drivers, driver)) continue;
    return { path: ['services', each, 'driver'], message: unknownDriver(driver, parsed.drivers) };
  }
  return undefined;
}

/** What to say of a name that no driver has. */
export function unknownDriver(wanted: string, known: Record<string, unknown>): string {
  return unknownName(
    'driver',
    wanted,
    Object.keys(known).length === 0 ? [] : [...Object.keys(known), AGENT],
    'drivers',
  );
}

/** What to say of a name that nothing of this kind has; @param part where it would be defined */
export function unknownName(what: string, wanted: string, known: string[], part: string): string {
  const right =
    suggestion(wanted, known) ||
    (known.length === 0 ? `it defines none: add it under ${part}` : `known are ${known.join(', ')}`);
  return `is ${JSON.stringify(wanted)}, which no ${what} of belay.yaml is called; ${right}`;
}

/** @param directory the folder of the file, which relative paths count from */
export function catalogOf(parsed: Parsed, directory: string): Catalog {
  const defaults = eachOf(parsed.services, ({ driver, labels }) => ({
    ...(driver === undefined ? {} : { driver }),
    ...(labels === undefined ? {} : { labels }),
  }));
  return {
    drivers: eachOf(parsed.drivers, (each) => driverSpec(each, directory)),
    services: defaults,
    traffic: eachOf(parsed.traffic, (each) => trafficSpec(each, directory)),
    hooks: eachOf(parsed.hooks, (each) => definedHook(each, directory)),
  };
}

function eachOf<From, To>(map: Record<string, From>, turn: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, turn(value)]));
}
