import { deploymentDocument } from '../../src/control/http/deployment-document';
import { readDeploymentFile } from '../../src/schemas';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const LEAST = `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12 }
fleet: { labels: { role: web } }
driver: { type: agent }
`;

it.each([
  [
    'heartbeats',
    'metrics: { type: agent }\nanalysis: { thresholds: { max_error_rate: 5%, max_response_time_ms: 300 } }\n',
  ],
  [
    'Prometheus',
    `metrics: { type: prometheus, url: "http://prometheus:9090", timeout: 2s, queries: { memory: 'max(mem{v="{{version}}"})' } }
analysis:
  monitoring_duration: 30m
  health_check_interval: 20s
  rollback_threshold_violations: 2
  count: total
  on_no_data: wait
  on_inconclusive: fail
  thresholds: { max_response_time_ms: { p95: 1000, p99: 2500.5 }, min_success_rate: 0.999, max_cpu_usage: 80%, max_memory_usage: 0.85, max_active_connections: 200 }
  checks: [{ name: queue, query: "max(queue)", max: 100 }, { name: workers, query: "sum(workers)", min: 3 }]
  baseline: { min_samples: 500, min_effect: 50%, significance: 0.01 }
`,
  ],
  [
    'JSON over HTTP',
    'metrics: { type: http, url: "http://stats/{{service}}" }\nanalysis: { thresholds: { max_error_rate: 0.5% } }\n',
  ],
])('an analysis by %s means the same when it is sent to an API', async (_, text) => {
  const spec = await readDeploymentFile(folder.write('deployment.yaml', LEAST + text));
  const sent = folder.write('sent.yaml', JSON.stringify(deploymentDocument(spec)));
  expect(spec.analysis).toBeDefined();
  expect(await readDeploymentFile(sent)).toEqual(spec);
});
