import fc from 'fast-check';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay } from '../support/belay';

/** BELAY_FUZZ=20000 for a longer look. */
const RUNS = Number(process.env.BELAY_FUZZ ?? 2_000);
const AT_ONCE = 20;

let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  const most = RUNS * 10;
  api = await TestApi.open(belay, { limits: { failures: most, perAddress: most, perToken: most } });
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  anyOf?: Schema[];
  additionalProperties?: Schema | boolean;
}

interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const text = fc.oneof(
  fc.constantFrom(
    'web',
    'web-01',
    'default',
    '1.0.0',
    '30s',
    '25%',
    '0',
    '-1',
    '',
    ' ',
    '../..',
    "';--",
    '__proto__',
    '\0',
    '\ud800',
    'role=web',
    'x'.repeat(300),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const inPath = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('web', 'default', 'web-01', '1', '7') }, text);
const number = fc.oneof(fc.integer({ min: -2, max: 5 }), fc.double(), fc.constantFrom(2 ** 53, 1e308, 65_536));

/** Mostly what the document asks for, sometimes anything at all. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });
}

function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueOf));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const [type] = [schema.type].flat();
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).map(([key, each]) => [key, valueOf(each)] as const);
    return fc.record(Object.fromEntries(entries), { requiredKeys: schema.required ?? [] });
  }
  switch (type) {
    case 'integer':
    case 'number':
      return fc.oneof(number, text);
    case 'array':
      return fc.array(valueOf(schema.items ?? {}), { maxLength: 4 });
    case 'object':
      return fc.dictionary(fc.oneof(fc.constantFrom('role', 'env', 'environment'), text), valueOf({ type: 'string' }), {
        maxKeys: 4,
      });
    case 'string':
    default:
      return text;
  }
}

interface Asked {
  /** As the description has it. */
  route: string;
  method: string;
  path: string;
  token: string;
  headers: Record<string, string>;
  body?: string;
}

function requests(paths: Record<string, Record<string, Operation>>): fc.Arbitrary<Asked> {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestOf(path, method.toUpperCase(), operation)),
  );
  return fc.oneof(...all);
}

function requestOf(path: string, method: string, { parameters = [], requestBody }: Operation): fc.Arbitrary<Asked> {
  const given = fc.tuple(
    ...parameters.map((each) => (each.in === 'path' ? inPath : fc.option(valueOf(each.schema), { freq: 8 }))),
  );
  const [described] = Object.entries(requestBody?.content ?? {});
  const body = described === undefined ? fc.constant(undefined) : bodyOf(...described);
  const type = fc.oneof(
    { weight: 9, arbitrary: fc.constant(described?.[0]) },
    fc.constantFrom('application/json', 'application/octet-stream', 'text/plain', 'nonsense'),
  );
  const token = fc.oneof({ weight: 9, arbitrary: fc.constant(ADMIN) }, fc.constantFrom('', REGISTRATION, 'wrong'));
  return fc.record({ given, body, token, type }).map(({ given: values, body: sent, token: shown, type: said }) => {
    const headers = new Map<string, string>();
    const query = new URLSearchParams();
    let at = path;
    parameters.forEach(({ name, in: where }, i) => {
      const value = values[i] === null || values[i] === undefined ? '' : wellFormed(textOf(values[i]));
      if (where === 'path') at = at.replace(`{${name}}`, encodeURIComponent(value) || 'web');
      else if (where === 'query' && value !== '') query.append(name, value);
      else if (where === 'header' && /^[\x21-\x7e]+$/.test(value)) headers.set(name, value);
    });
    if (sent !== undefined && said !== undefined) headers.set('content-type', said);
    return {
      route: `${method} ${path}`,
      method,
      path: `${at}?${query.toString()}`,
      token: shown,
      headers: Object.fromEntries(headers),
      ...(sent === undefined ? {} : { body: sent }),
    };
  });
}

function bodyOf(type: string, { schema }: { schema: Schema }): fc.Arbitrary<string> {
  if (type !== 'application/json') return fc.string({ unit: 'binary', maxLength: 2_000 });
  return fc.oneof({ weight: 9, arbitrary: valueOf(schema).map(jsonOf) }, text);
}

/** Registering is tried with the right token, too. */
function jsonOf(value: unknown): string {
  const isRegistering = typeof value === 'object' && value !== null && 'instance' in value && 'token' in value;
  return JSON.stringify(isRegistering ? { ...value, token: REGISTRATION } : value) ?? 'null';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function wellFormed(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '?');
}

it(`answers ${RUNS} requests made from its own description, and never with a fault of its own`, async () => {
  const { body: description } = await api.get('/openapi.json');
  const some = fc.sample(requests(description.paths), {
    numRuns: RUNS,
    seed: Number(process.env.BELAY_FUZZ_SEED ?? 1),
  });
  const statuses = new Map<number, number>();
  const asked = new Map<string, number>();
  /** Those that a right token got into, and that had something to say. */
  const reached = new Set<string>();
  const wrong: unknown[] = [];
  for (let i = 0; i < some.length; i += AT_ONCE) {
    await Promise.all(
      some.slice(i, i + AT_ONCE).map(async ({ route, method, path, token, headers, body }) => {
        asked.set(route, (asked.get(route) ?? 0) + 1);
        const answer = await api.call(method, path, { token, headers, ...(body === undefined ? {} : { body }) });
        if (token === ADMIN && ![401, 403, 404].includes(answer.status)) reached.add(route);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const isWorded = answer.status < 400 || typeof answer.body?.error?.message === 'string';
        if ((answer.status >= 500 && answer.status !== 503) || !isWorded)
          wrong.push({ method, path, body, answer: answer.body });
      }),
    );
  }
  expect(wrong).toEqual([]);
  const routes = Object.entries<object>(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  for (const route of ['POST /artifacts', 'POST /deploy/progress', 'GET /metrics']) expect(routes).toContain(route);
  expect(routes.filter((route) => (asked.get(route) ?? 0) < 5)).toEqual([]);
  for (const route of ['POST /artifacts', 'GET /metrics', 'POST /deploy', 'POST /deployments']) {
    expect([...reached]).toContain(route);
  }
  // A generator that only makes nonsense shows nothing.
  for (const status of [200, 404, 422, 401]) expect([status, statuses.get(status) ?? 0]).not.toEqual([status, 0]);
  expect((await api.get('/readyz')).status).toBe(200);
}, 300_000);
