import { metricNames } from '../../../src/drivers/metrics/promql';

it.each<[string, string[]]>([
  ['up', ['up']],
  ['max(queue_depth{version="1.5.0"})', ['queue_depth']],
  ['sum by (le) (increase(job:latency:bucket{a="b}", c=~\'}"\'}[5m]))', ['job:latency:bucket']],
  [
    'sum(rate(errors_total[5m])) without (instance) / sum(rate(requests_total[5m]))',
    ['errors_total', 'requests_total'],
  ],
  ['a / on (service, version) group_left (team) b offset 5m > bool 1e3', ['a', 'b']],
  ['count(count by (x) (y)) or vector(0) unless absent(z)', ['y', 'z']],
  ['histogram_quantile(0.95, sum by (le) (rate(h_bucket[1h30m:10s] @ end())))', ['h_bucket']],
  ['topk(3, a) and -Inf < NaN # up', ['a']],
  ['quantile_over_time(0.9, m[5m])', ['m']],
  ['count_values("version", build_info)', ['build_info']],
  ['{__name__="whatever"}', []],
  ['sum({"a.metric", x="y"})', []],
  ['label_replace(up, "a", "$1", "b", `(.*)`)', ['up']],
  ['a + a', ['a']],
  ['WITH (errors = rate(x[5m])) errors', []],
  ['1 + 0x1f', []],
])('asks in %s for %j', (promql, names) => expect(metricNames(promql)).toEqual(names));
