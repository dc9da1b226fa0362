import { deploymentDocument } from '../../src/control/http/deployment-document';
import { parse } from 'yaml';
import { readDeploymentFile } from '../../src/schemas';
import { readDeployment } from '../../src/schemas/deployment/read';
import { checkWith } from '../../src/schemas/parse-with';
import { startRequest } from '../../src/schemas/start-request';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const LEAST = `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12 }
fleet: { labels: { role: web } }
driver: { type: agent }
`;

it('an analysis by heartbeats means the same when it is sent to an API', async () => {
  const text = `metrics: { type: agent }
analysis:
  monitoring_duration: 30m
  health_check_interval: 20s
  rollback_threshold_violations: 2
  count: total
  on_no_data: wait
  on_inconclusive: fail
  thresholds: { max_response_time_ms: { p95: 1000, p99: 2500.5 }, max_error_rate: 5%, min_success_rate: 0.999, max_cpu_usage: 80%, max_memory_usage: 0.85, max_active_connections: 200 }
  baseline: { min_samples: 500, min_effect: 50%, significance: 0.01 }
`;
  const spec = await readDeploymentFile(folder.write('deployment.yaml', LEAST + text));
  const sent = folder.write('sent.yaml', JSON.stringify(deploymentDocument(spec)));
  expect(spec.analysis).toBeDefined();
  expect(await readDeploymentFile(sent)).toEqual(spec);
});

it.each(['prometheus', 'http'])(
  'an API is given no address to ask: metrics of the type %s are refused',
  async (type) => {
    const text = `metrics: { type: ${type}, url: "http://169.254.169.254/" }\nanalysis: { thresholds: { max_error_rate: 5% } }\n`;
    const file = folder.write('deployment.yaml', LEAST + text);
    await expect(readDeployment(file, 'api')).rejects.toThrow(
      `metrics.type is ${type}, and no API takes addresses to ask`,
    );
    const body = { deployment: parse(LEAST + text) as object };
    const checked = checkWith(startRequest, body);
    const asked = expect.objectContaining({ field: 'deployment.metrics.type' }) as unknown;
    expect(checked).toMatchObject({ ok: false, problems: expect.arrayContaining([asked]) });
    const spec = await readDeploymentFile(file);
    expect(() => deploymentDocument(spec)).toThrow('is not sent to an API');
  },
);
