import type { Connection } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { Refused } from '../control/errors';
import { ATTRIBUTES } from '../workflows/attributes';

/** What Belay's workflows tell about themselves; an unregistered one fails a workflow task for ever. */
export const SEARCH_ATTRIBUTES = Object.values(ATTRIBUTES).map((key) => key.name);

/** A client's connection, or a worker's. */
type Operator = Pick<Connection, 'operatorService'>;

/** Temporal's number for the type Keyword. */
const KEYWORD = 2;
const SETTLE_MS = 10_000;

/** Registers what is missing, and waits until the server knows it. Answers with what was missing. */
export async function registerSearchAttributes(connection: Operator, namespace: string): Promise<string[]> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return [];
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (error) {
    // Another process may have been first; whether they are there now is what counts.
    const left = await missingSearchAttributes(connection, namespace);
    if (left.length > 0) throw notRegistered(left, namespace, error);
  }
  for (const until = Date.now() + SETTLE_MS; ;) {
    const left = await missingSearchAttributes(connection, namespace);
    if (left.length === 0) return missing;
    if (Date.now() > until) throw notRegistered(left, namespace, undefined);
    await delay(50);
  }
}

/** Those of Belay's that the namespace doesn't have as Keywords. */
export async function missingSearchAttributes(connection: Operator, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTES.filter((name) => Number(customAttributes?.[name]) !== KEYWORD);
}

/** Refuses a namespace on which deployments would hang. */
export async function requireSearchAttributes(connection: Operator, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  throw new Refused(`The Temporal namespace "${namespace}" lacks the search attributes ${missing.join(', ')}.`, [
    'register them with `belay setup`',
  ]);
}

function notRegistered(names: string[], namespace: string, error: unknown): Refused {
  const why = error instanceof Error ? `: ${error.message}` : '';
  return new Refused(`The search attributes ${names.join(', ')} can't be registered in "${namespace}"${why}.`, [
    `register them as Keywords with an account that may: temporal operator search-attribute create --namespace ${namespace} ` +
      names.map((name) => `--name ${name} --type Keyword`).join(' '),
  ]);
}
