import type { z } from 'zod';
import { INIT_TEMPLATE } from './init-template';
import { deployment } from './deployment/schema';

type Schema = z.core.$ZodType;

/** `docs/spec-reference.md`: every key of deployment.yaml, from the schema that reads it. */
export function specReference(): string {
  return [
    '# deployment.yaml',
    '',
    '<!-- Generated from the schema. After a change of it: UPDATE_DOCS=1 npx jest test/schemas/reference -->',
    '',
    'Every key that a deployment.yaml takes. A key that is not listed here is an error, told with its line and a suggestion.',
    '',
    '- Durations are whole numbers with units, largest first: `500ms`, `30s`, `5m`, `1h30m`, `2d`.',
    '- A *count or percent* is `3` or `25%`, with at most 3 decimals. Percents are of the targeted instances; sizes round up and hold at least one instance.',
    '- Versions may stand unquoted, and stay as they are written: `1.10` is not 1.1.',
    '- Names have 1 to 63 letters, digits, dots, underscores and dashes, and start with a letter or a digit.',
    '',
    ...once(tables(deployment, '')),
    '## A file to begin with',
    '',
    'What `belay init` writes:',
    '',
    '```yaml',
    INIT_TEMPLATE.trimEnd(),
    '```',
    '',
  ].join('\n');
}

/** Drivers share the ways to ask for health: each section once. */
function once(lines: string[]): string[] {
  const sections = lines.join('\n').split(/^(?=## )/m);
  return [...new Set(sections.map((section) => section.trimEnd()))].flatMap((section) => [section, '']);
}

/** A table of an object's keys, then those of the objects in it. */
function tables(schema: Schema, path: string, title = path): string[] {
  const rows = Object.entries(objectOf(schema)?._zod.def.shape ?? {}).map(([key, value]) => row(key, value));
  const heading = title === '' ? '## The file' : `## ${title}`;
  const said = describe(schema);
  return [heading, '', ...(said === '' ? [] : [said, '']), ...table(rows), '', ...nested(schema, path)];
}

/** Compact, so that one changed key is one changed line. */
function table(rows: string[][]): string[] {
  const text = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows.map(text)];
}

function nested(schema: Schema, path: string): string[] {
  return Object.entries(objectOf(schema)?._zod.def.shape ?? {}).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return inside(value, at);
  });
}

function inside(value: Schema, at: string): string[] {
  const { schema } = unwrap(value);
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'object') return tables(value, at);
  if (def.type === 'array') return inside(def.element, `${at}[]`);
  if (def.type === 'record') return inside(def.valueType, `${at}.NAME`);
  if (def.type === 'union') {
    return def.options.flatMap((option) => {
      if (objectOf(option) === undefined) return inside(option, at);
      const kind = literalOf(option);
      return tables(option, at, kind === undefined ? `${at}, as a map` : `${at}, \`type: ${kind}\``);
    });
  }
  return [];
}

function row(key: string, value: Schema): string[] {
  return [`\`${key}\``, typeText(value), defaultText(value), describe(value)];
}

interface Unwrapped {
  schema: Schema;
  optional: boolean;
  fallback?: unknown;
  /** From the outermost wrapper to the schema itself. */
  layers: Schema[];
}

function unwrap(value: Schema): Unwrapped {
  const found: Unwrapped = { schema: value, optional: false, layers: [value] };
  for (;;) {
    const { def } = found.schema._zod as z.core.$ZodTypes['_zod'];
    if (def.type === 'optional') found.optional = true;
    if (def.type === 'prefault') found.fallback = def.defaultValue;
    const inner = innerOf(def);
    if (inner === undefined) return found;
    found.schema = inner;
    found.layers.push(inner);
  }
}

function innerOf(def: z.core.$ZodTypes['_zod']['def']): Schema | undefined {
  if (def.type === 'optional' || def.type === 'prefault') return def.innerType;
  if (def.type !== 'pipe') return undefined;
  // Texts that are converted are known by their input, checked values by what they are checked to be.
  const { type } = (def.out as z.core.$ZodTypes)._zod.def;
  return type === 'transform' ? def.in : def.out;
}

function objectOf(value: Schema): z.core.$ZodObject | undefined {
  const { schema } = unwrap(value);
  return schema._zod.def.type === 'object' ? (schema as z.core.$ZodObject) : undefined;
}

function typeText(value: Schema): string {
  const { schema, layers } = unwrap(value);
  const named = metaOf(layers).type;
  if (named !== undefined) return named;
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'literal':
      return def.values.map((each) => `\`${String(each)}\``).join(', ');
    case 'enum':
      return Object.values(def.entries)
        .map((each) => `\`${each}\``)
        .join(', ');
    case 'array':
      return `list of ${plural(typeText(def.element))}`;
    case 'record':
      return `map of ${plural(typeText(def.valueType))}`;
    case 'union':
      return def.options.map((option) => literalOf(option)).every((kind) => kind !== undefined)
        ? 'map, told apart by `type`'
        : def.options.map(typeText).join(' or ');
    case 'object':
      return 'map';
    default:
      return def.type;
  }
}

function plural(type: string): string {
  return `${type}s`;
}

function literalOf(option: Schema): string | undefined {
  const type = objectOf(option)?._zod.def.shape['type'];
  const def = type && (type as z.core.$ZodTypes)._zod.def;
  return def?.type === 'literal' ? String(def.values[0]) : undefined;
}

function defaultText(value: Schema): string {
  const { schema, optional, fallback, layers } = unwrap(value);
  const shown = metaOf(layers).shownDefault;
  if (shown !== undefined) return shown;
  if (typeof fallback === 'string') return `\`${fallback}\``;
  if (Array.isArray(fallback)) return 'none';
  if (fallback !== undefined) return schema._zod.def.type === 'record' ? 'none' : 'as below';
  return optional ? 'none' : '**required**';
}

interface Known {
  type?: string | undefined;
  shownDefault?: string | undefined;
  description?: string | undefined;
}

/** What is said of a schema on any of its layers; the outermost wins. */
function metaOf(layers: Schema[]): Known {
  return layers
    .map((layer) => (layer as z.ZodType).meta() ?? {})
    .reduceRight<Known>((all, one) => ({ ...all, ...one }), {});
}

function describe(value: Schema): string {
  return metaOf(unwrap(value).layers).description ?? '';
}
