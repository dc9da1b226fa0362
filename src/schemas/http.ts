import { isIP } from 'node:net';
import { z } from 'zod';
import { HEALTH } from '../domain';
import { said } from '../domain/said';
import { object } from './object';
import { choice, converted, digest, generation, integer, line, list, mapOf, name, version } from './scalars';

const MOST_LABELS = 64;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;

/** Labels of an instance. */
export const labels = mapOf(
  line('write a text of one line', 256),
  'write a map of texts, like { "role": "web" }',
).superRefine((values, context) => {
  const keys = Object.keys(values);
  if (keys.length > MOST_LABELS) {
    context.addIssue({ code: 'custom', message: `has ${keys.length} labels; ${MOST_LABELS} are the most` });
  }
  for (const key of keys.filter((each) => !LABEL.test(each))) {
    const message = 'is no label; write letters, digits, dots, dashes, slashes and underscores, 63 at most';
    context.addIssue({ code: 'custom', path: [key], message });
  }
});

/** Labels that say which instances are meant: never none, which would be all. */
export const selector = labels.refine((values) => Object.keys(values).length > 0, {
  error: 'names no label, which would be every instance there is; write at least one, like { "role": "web" }',
});

export const ip = converted('address', 'write an IPv4 or IPv6 address, like 10.0.0.3', (text) =>
  isIP(text) === 0 ? undefined : text,
);

const secret = line('write the registration token', 512);

/** `POST /inventory/register` */
export const registration = object(
  {
    instance: object(
      {
        ip: ip.describe('Where it is reached.'),
        name: name('instance').describe('What it is called; one that is alive keeps its name.'),
        labels: labels.prefault({}).describe('What deployments find it by.'),
        port: integer(1, 65_535).optional().describe('Where its service listens.'),
      },
      'write { "ip": "10.0.0.3", "name": "web-03", "labels": { "role": "web" } }',
    ),
    token: secret.describe('The registration token of this Belay, or a token of the role agent.'),
  },
  'write { "instance": { "ip", "name", "labels" }, "token" }',
);

const status = converted('whole number', 'write 0 (unknown), 1 (healthy), 2 (degraded) or 3 (failed)', (text) =>
  Object.values(HEALTH).find((each) => String(each) === text),
);

const NUMBER = /^\d+(\.\d+)?([eE][+-]?\d{1,3})?$/;

/** What instances measure: never negative, and no more than anybody could mean. */
const measure = converted('number', 'write a number from 0 on', (text) => {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  return value >= 0 && value <= 1e12 ? value : undefined;
});

/** `0.05` or `5%`; 5 could mean either, so it means nothing. */
const fraction = converted('fraction', 'write a fraction from 0 to 1, like 0.05, or a percent, like "5%"', (text) => {
  const percent = text.endsWith('%');
  const digits = percent ? text.slice(0, -1) : text;
  const value = NUMBER.test(digits) ? Number(digits) / (percent ? 100 : 1) : NaN;
  return value >= 0 && value <= 1 ? value : undefined;
});

const metrics = object(
  {
    response_time_ms: measure.optional(),
    error_rate: fraction.optional(),
    success_rate: fraction.optional(),
    cpu: fraction.optional(),
    memory: fraction.optional(),
    active_connections: measure.optional(),
  },
  'write a map like { "response_time_ms": 120, "error_rate": 0.01 }',
);

/** `PATCH /inventory/instances/{name}` */
export const heartbeat = object(
  {
    code_version: version('version of the code that runs').nullish(),
    configuration_version: version('version of the configuration that runs').nullish(),
    artifact: digest().nullish().describe('The digest of the artifact that they came in.'),
    status: status.describe('0 unknown, 1 healthy, 2 degraded, 3 failed.'),
    generation: generation(0).optional().describe('The highest generation that it obeyed.'),
    attempt: integer(1, 1_000_000).optional().describe('The attempt of that generation that it made last.'),
    reason: converted('text', 'write why', (text) => said(text))
      .optional()
      .describe("Why it isn't healthy; the first 300 characters are kept."),
    metrics: metrics.optional().describe('Rates are fractions of 1.'),
    restore: choice(['true', 'false'])
      .optional()
      .meta({ type: 'true or false' })
      .describe('Passed over: whoever reports what it was told, as it was told, does no harm.'),
  },
  'write { "code_version", "configuration_version", "status" }',
).superRefine(({ code_version: code, configuration_version: configuration }, context) => {
  if (((code ?? null) !== null) === ((configuration ?? null) !== null)) return;
  const path = [(code ?? null) === null ? 'code_version' : 'configuration_version'];
  context.addIssue({ code: 'custom', path, message: 'is missing beside the other version; write both, or none' });
});

/** An artifact in an address. */
export const artifactDigest = object({ digest: digest() }, 'name an artifact');

/** `DELETE /artifacts/{digest}` */
export const forced = object({ force: choice(['true', 'false']).prefault('false') }, 'write ?force=true');

/** `POST /artifacts`: whatever other headers there are is nobody's business. */
export const artifactHeaders = z.looseObject({
  'x-artifact-digest': digest().optional().describe('What it must be; anything else is not stored.'),
});

/** Why somebody does something; the body may be left out. */
export const why = object({ reason: line('write why').optional() }, 'write { "reason": "…" }').prefault({});

/** An instance in an address. */
export const instanceName = object({ name: name('instance') }, 'name an instance');

const labelText = converted('text', 'write label=value, like role=web', (text) => {
  const [, label, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  return label !== undefined && value !== undefined && LABEL.test(label) ? ([label, value] as const) : undefined;
});

/** `?label=role=web&label=zone=a`: one or several. */
const labelTexts = z
  .preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    list(labelText, 'write label=value, like role=web'),
  )
  .transform((pairs) => Object.fromEntries(pairs));

export const pageSize = (usual: number, most: number) => integer(1, most).prefault(String(usual));

/** `GET /inventory/instances` */
export const instancesQuery = object(
  {
    label: labelTexts.optional().describe('label=value; given several times, all must be there.'),
    status: status.optional(),
    code_version: version('version').optional(),
    configuration_version: version('version').optional(),
    after: name('instance').optional().describe('Those after this one: the `next` of an earlier answer.'),
    limit: pageSize(100, 1000),
  },
  'write a query like ?label=role=web&limit=100',
);
