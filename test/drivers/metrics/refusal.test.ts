import type { Check } from '../../../src/domain/analysis';
import { whyUnmeasurable } from '../../../src/drivers/metrics/refusal';
import type { MetricsSource } from '../../../src/drivers/metrics/source';
import { planSpec } from '../../support/plan';
import { watching } from '../../support/delivery';

const source: MetricsSource = {
  read: () => Promise.reject(new Error('nobody reads here')),
  refusal: async ({ quantity }) =>
    quantity.kind === 'query' && quantity.query.startsWith('wrong')
      ? `Prometheus refuses ${quantity.query}`
      : undefined,
};
const limit: Check = {
  name: 'error rate',
  quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' },
  max: 1,
};
const own = (name: string, query: string): Check => ({ name, quantity: { kind: 'query', query }, max: 1 });

it.each<[string, Check[], string | undefined]>([
  ['nothing is wrong', [limit, own('queue', 'max(queue)')], undefined],
  [
    'two queries are',
    [limit, own('queue', 'wrong('), own('jobs', 'max(jobs)'), own('pages', 'wrong[')],
    "analysis.checks[0].query: queue can't be measured: Prometheus refuses wrong(; and " +
      "analysis.checks[2].query: pages can't be measured: Prometheus refuses wrong[",
  ],
])('says where what is wrong stands, and all of it: %s', async (_, checks, said) => {
  const spec = planSpec({ analysis: { ...watching(), checks } });
  expect(await whyUnmeasurable(source, spec, 0, new AbortController().signal)).toBe(said);
});
