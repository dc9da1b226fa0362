import { nearest } from '../../domain/names';
import type { Asked } from './ask';

/** Asks Prometheus for what follows `/api/v1/`. */
type Ask = (what: string) => Promise<Asked>;

/**
 * Why a metric is one that Prometheus has never had, of any version: most likely a slip. Where that can't be told, nothing
 * is said: it may not answer, or be so new that it has nothing at all.
 */
export async function unknownMetric(names: readonly string[], ask: Ask): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const known = await namesIn(names, ask);
  const missing = known && names.find((name) => !known.includes(name));
  if (missing === undefined) return undefined;
  const all = await namesIn([], ask);
  if (all === undefined || all.length === 0) return undefined;
  const meant = nearest(missing, all);
  return (
    `Prometheus has never had a metric ${missing}${meant === undefined ? '.' : `; did you mean ${meant}?`} ` +
    `Mend the query, or, where the release is the first to tell it, write {__name__="${missing}"}`
  );
}

/** Those of these metrics that it has, or had; of none, all. Undefined: it doesn't say. */
async function namesIn(of: readonly string[], ask: Ask): Promise<string[] | undefined> {
  const parameters = new URLSearchParams(of.map((name): [string, string] => ['match[]', `{__name__="${name}"}`]));
  const asked = await ask(`label/__name__/values?${parameters.toString()}`);
  if (asked.kind === 'nothing' || asked.status !== 200) return undefined;
  const { status, data } = asked.body as { status?: string; data?: unknown };
  return status === 'success' && Array.isArray(data) ? data.map(String) : undefined;
}
