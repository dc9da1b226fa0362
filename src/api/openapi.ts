import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Api } from './types';

/** The words that the schemas use for a kind of text, as JSON Schema. Numbers may be sent as texts, too. */
const TYPES: Record<string, object> = {
  text: { type: 'string' },
  path: { type: 'string' },
  address: { type: 'string' },
  version: { type: 'string', minLength: 1, maxLength: 256 },
  name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
  digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  bytes: { type: 'string', format: 'binary' },
  duration: { type: 'string', examples: ['30s'] },
  'whole number': { type: 'integer' },
  number: { type: 'number' },
  fraction: { type: 'number', minimum: 0, maximum: 1 },
  'count or percent': { type: ['integer', 'string'], examples: [3, '25%'] },
};

const DESCRIPTION =
  'Instances register, report how they are and are told what to run; people and programs deploy, watch and steer. ' +
  'Durations are texts like "30s". Every answer that is no success is { "error": { "code", "message", "hints", "fields" } }.';

/** The document at /openapi.json, and a page for it at /docs that loads nothing from elsewhere. */
export async function addOpenApi(app: Api, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Belay', version, description: DESCRIPTION },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'a token of `belay token create`' },
          instance: { type: 'http', scheme: 'bearer', description: 'the secret that registering answered with' },
        },
      },
    },
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      return { schema: plainTypes(schema), url } as never;
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { validatorUrl: null, tryItOutEnabled: true } });
}

/** Replaces our words for types by what a program understands. */
function plainTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainTypes);
  if (typeof value !== 'object' || value === null) return value;
  const { type, shownDefault: _, ...rest } = value as { type?: unknown; shownDefault?: unknown };
  const inside = Object.fromEntries(Object.entries(rest).map(([key, each]) => [key, plainTypes(each)]));
  if (typeof type === 'string' && type in TYPES) return { ...inside, ...TYPES[type] };
  if (type === undefined) return inside;
  // A property may be called type.
  return { type: typeof type === 'object' && !Array.isArray(type) ? plainTypes(type) : type, ...inside };
}
