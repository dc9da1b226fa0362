import type { Tools } from './dependencies';
import { writeLines } from './event-log';
import { readMembership } from './membership';
import { heartbeating } from './running';
import { sweep } from './sweep';
import type { Stock, StockInput } from './types';

/**
 * Between batches, and before the end. One activity for all of it: each that ends costs a workflow task, during
 * which nothing is changed.
 */
export function takeStock(tools: Tools, input: StockInput): Promise<Stock> {
  const { generation, membership } = input;
  return heartbeating(async (signal) => {
    await writeLines(tools, input);
    // Neither needs the other's answer. Both are awaited, also when one fails: it will be repeated.
    const [read, swept] = await Promise.allSettled([
      membership && readMembership(tools, { generation, total: membership.total, read: membership.number }),
      input.sweep ? sweep(tools, generation, signal) : undefined,
    ]);
    return {
      ...answered('membership', read),
      ...answered('degraded', swept),
    };
  });
}

function answered<K extends string, T>(key: K, result: PromiseSettledResult<T | undefined>): Partial<Record<K, T>> {
  if (result.status === 'rejected') throw result.reason;
  return result.value === undefined ? {} : ({ [key]: result.value } as Record<K, T>);
}
