import { NO_DATA, type MetricsSpec, type Reading } from '../../domain/analysis';
import { ask } from './ask';
import { plausible } from './figure';
import { filled } from '../../domain/analysis/template';
import { valuesOf, type MetricsSource, type Question } from './source';

/** Something that answers with JSON: each metric by its name, an own query by the path to a number. */
export class HttpMetrics implements MetricsSource {
  constructor(private readonly spec: Extract<MetricsSpec, { kind: 'http' }>) {}

  async read(question: Question, signal: AbortSignal): Promise<Reading> {
    const url = filled(this.spec.url, valuesOf(question), encodeURIComponent);
    const asked = await ask(url, this.spec.timeoutMs, signal);
    if (asked.kind === 'nothing') return asked;
    if (asked.status !== 200) {
      return { kind: 'nothing', why: `${new URL(url).origin} answered ${asked.status}`, unreachable: true };
    }
    const { quantity } = question;
    const [path, statistic] =
      quantity.kind === 'query' ? [quantity.query, 'mean'] : [quantity.metric, quantity.statistic];
    const told = at(asked.body, path);
    if (told === undefined) return { kind: 'nothing', why: `${new URL(url).origin} tells nothing at ${path}` };
    return plausible(measuredOf(told, statistic), quantity);
  }

  async refusal(): Promise<string | undefined> {
    return undefined;
  }
}

/** A number, or { mean, p95, …, samples } or { hits, total }. */
function measuredOf(told: unknown, statistic: string): Reading {
  if (typeof told === 'number') return { kind: 'measured', value: told };
  if (typeof told !== 'object' || told === null) return NO_DATA;
  const { hits, total, samples, [statistic]: value } = told as Record<string, unknown>;
  if (isCount(hits) && isCount(total) && hits <= total) {
    return total === 0 ? NO_DATA : { kind: 'measured', value: hits / total, share: { hits, total } };
  }
  if (typeof value !== 'number') return NO_DATA;
  return { kind: 'measured', value, ...(isCount(samples) ? { samples } : {}) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What a dotted path leads to. */
function at(document: unknown, path: string): unknown {
  let here = document;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}
