import { execFileSync } from 'node:child_process';

/** One line of what was scraped. */
interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** What a scrape brought, by the names that a query would use. */
export type Scraped = Map<string, Sample[]>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"`;
const SAMPLE = new RegExp(String.raw`^(${NAME})(?:\{((?:${LABEL},?)*)\})? ([+-]?(?:Inf|N[aA][nN]|[\d.eE+-]+))$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);

/**
 * Reads the text format as strictly as Prometheus: a line that is none, a series told twice, a metric without a type, or
 * buckets that don't add up are errors. Where promtool is at hand, it has its say, too.
 */
export function scraped(text: string): Scraped {
  lint(text);
  const found: Scraped = new Map();
  const types = new Map<string, string>();
  const series = new Set<string>();
  for (const line of text.split('\n')) {
    const [, typed, type] = TYPE.exec(line) ?? [];
    if (typed !== undefined && types.has(typed)) throw new Error(`two types of ${typed}`);
    if (typed !== undefined && type !== undefined) types.set(typed, type);
    if (line === '' || line.startsWith('#')) continue;
    const [, name, labelText = '', , , value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`this is no sample: ${line}`);
    const labels = Object.fromEntries(
      [...labelText.matchAll(new RegExp(LABEL, 'g'))].map(([, key, each]) => [key, each]),
    );
    const id = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
    if (series.has(id)) throw new Error(`told twice: ${id}`);
    series.add(id);
    if (!types.has(name) && types.get(name.replace(/_(bucket|sum|count)$/, '')) === undefined) {
      throw new Error(`no type of ${name}`);
    }
    found.set(name, [...(found.get(name) ?? []), { labels, value: numberOf(value) }]);
  }
  for (const [name, type] of types) if (type === 'histogram') checkBuckets(found, name);
  return found;
}

function checkBuckets(found: Scraped, name: string): void {
  const last = new Map<string, number>();
  for (const { labels, value } of found.get(`${name}_bucket`) ?? []) {
    const { le, ...rest } = labels;
    const id = JSON.stringify(rest);
    if (value < (last.get(id) ?? 0)) throw new Error(`${name}: the bucket ${le} has fewer than the one before`);
    last.set(id, value);
    if (le === '+Inf' && valueOf(found, `${name}_count`, rest) !== value)
      throw new Error(`${name}: +Inf isn't its count`);
  }
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** The value of the one sample that has these labels; undefined when there is none. */
export function valueOf(from: Scraped, name: string, labels: Record<string, string> = {}): number | undefined {
  const fits = (from.get(name) ?? []).filter((each) =>
    Object.entries(labels).every(([label, value]) => each.labels[label] === value),
  );
  if (fits.length > 1) throw new Error(`${fits.length} samples of ${name} have ${JSON.stringify(labels)}`);
  return fits[0]?.value;
}

/** What the SDK and prom-client name is not ours to mend. */
function lint(text: string): void {
  const own = text.split('\n').filter((line) => !/^(# \w+ )?(temporal|nodejs)_/.test(line));
  try {
    const options = { input: own.join('\n'), stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'] };
    execFileSync(process.env.PROMTOOL ?? 'promtool', ['check', 'metrics'], options);
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer };
    if (code !== 'ENOENT') throw new Error(`promtool: ${String(stderr)}`);
  }
}
