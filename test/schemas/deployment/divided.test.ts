import { CANARY_TRAFFIC, deploymentFiles, JUDGED, REAL } from '../../support/deployment-file';

/** Groups that are judged one by one. */
const files = deploymentFiles();
const GROUPS = 'groups: { by: region, order: [eu, us] }\n';
const socket = CANARY_TRAFFIC.replace('admin.sock', '{{group}}.sock');
const canary = (groups: string, traffic: string, text: string) =>
  `${REAL}${text}strategy: { type: canary }\n${groups}${traffic}`;

/** Who is asked, what for, and by which queries of its own. */
const judged = (metrics: string, analysis: string) => `metrics: ${metrics}\nanalysis: ${analysis}\n`;
const prometheus = (queries: string) => `{ type: prometheus, url: "http://prometheus:9090", queries: ${queries} }`;
const HERE = "x{v='{{version}}',region='{{ fleet_group }}'}";
const ERRORS = '{ thresholds: { max_error_rate: 5% } }';
const check = (query: string) => `{ checks: [{ name: queue, query: "${query}", max: 1 }] }`;
const own = prometheus(`{ requests: "${HERE}", errors: "${HERE}" }`);

it.each([
  ['by queries that name it', judged(own, ERRORS)],
  ['by a check that names it', judged(prometheus('{}'), check(HERE))],
  ['by a check of what all releases share', judged(prometheus('{}'), check('max(kafka_lag)'))],
  ['by an address that names it', judged('{ type: http, url: "http://stats/{{fleet_group}}?v={{version}}" }', ERRORS)],
])('are judged one by one %s', async (_, text) => {
  expect((await files.read(canary(GROUPS, socket, text))).analysis?.checks).toHaveLength(1);
});

const ALL = 'of all groups at once, and each has its requests split, and judged, by itself; write';
it.each([
  [
    'the usual queries',
    judged(prometheus('{}'), ERRORS),
    [
      `metrics.queries.requests is missing, and the usual query is ${ALL} one with a label of the group in it, like region="{{fleet_group}}"`,
      `metrics.queries.errors is missing, and the usual query is ${ALL}`,
    ],
  ],
  [
    'a query of its own',
    judged(prometheus(`{ requests: "${HERE}", errors: "x{v='{{version}}'}" }`), ERRORS),
    [`6:139: metrics.queries.errors is ${ALL} {{fleet_group}} where the name of the group is to stand, like region=`],
  ],
  [
    'a check',
    judged(prometheus('{}'), check("max(queue{version='{{version}}'})")),
    [`7:44: analysis.checks[0].query is ${ALL} {{fleet_group}}`],
  ],
  [
    'an address',
    judged('{ type: http, url: "http://stats?v={{version}}" }', ERRORS),
    [`6:29: metrics.url is ${ALL} {{fleet_group}} where the name of the group is to stand, like http://stats/`],
  ],
])('are not judged together by %s', async (_, text, said) => {
  const refusal = await files.refusal(canary(GROUPS, socket, text));
  for (const each of said) expect(refusal).toContain(each);
});

it('are judged together where nothing splits their requests', async () => {
  const text = canary(GROUPS, 'traffic: { type: nop }\n', JUDGED);
  expect((await files.read(text)).analysis?.checks).toHaveLength(1);
});

const NOBODY = 'names {{fleet_group}}, and there are no groups; write groups: { by: region, order: [eu, us] }';
it.each([
  ['a query', judged(own, ERRORS), `metrics.queries.requests ${NOBODY}`],
  ['a check', judged(prometheus('{}'), check(HERE)), `analysis.checks[0].query ${NOBODY}`],
  ['an address', judged('{ type: http, url: "http://stats/{{fleet_group}}" }', ERRORS), `metrics.url ${NOBODY}`],
])('are named in %s only where there are any', async (_, text, said) => {
  expect(await files.refusal(canary('', CANARY_TRAFFIC, text))).toContain(said);
});
