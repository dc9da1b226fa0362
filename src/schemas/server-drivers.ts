import type { z } from 'zod';
import type { DriverSpec } from '../domain';
import { isName, NAME_RULE, suggestion } from '../domain/names';
import { driverSpec, writtenDriver } from './deployment/driver';
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

/** `services` of a belay.yaml: what `POST /deploy` needn't say about them. */
export const services = mapOf(service, 'write a map of services, like { web: { driver: web-shell } }');

/** What requests may name instead of writing it out. */
export interface Catalog {
  drivers: Record<string, DriverSpec>;
  services: Record<string, ServiceDefaults>;
}

interface ServiceDefaults {
  /** One of the drivers, or `agent`. */
  driver?: string;
  labels?: Record<string, string>;
}

interface Parsed {
  drivers: z.output<typeof drivers>;
  services: z.output<typeof services>;
}

/** The first thing that no single key can tell. */
export function catalogFault(parsed: Parsed): { path: string[]; message: string } | undefined {
  for (const part of ['drivers', 'services'] as const) {
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
  const names = Object.keys(known);
  const right =
    suggestion(wanted, [...names, AGENT]) ||
    (names.length === 0 ? 'it defines none: add it under drivers' : `known are ${[...names, AGENT].join(', ')}`);
  return `is ${JSON.stringify(wanted)}, which no driver of belay.yaml is called; ${right}`;
}

/** @param directory the folder of the file, which relative paths count from */
export function catalogOf({ drivers: defined, services: known }: Parsed, directory: string): Catalog {
  const specs = Object.entries(defined).map(([each, parsed]) => [each, driverSpec(parsed, directory)] as const);
  const defaults = Object.entries(known).map(
    ([each, { driver, labels }]) =>
      [each, { ...(driver === undefined ? {} : { driver }), ...(labels === undefined ? {} : { labels }) }] as const,
  );
  return { drivers: Object.fromEntries(specs), services: Object.fromEntries(defaults) };
}
