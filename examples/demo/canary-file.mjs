import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXAMPLE } from '../local-fleet/fleet/folder.mjs';

/**
 * Writes the third act's deployment.yaml into its folder: docs/strategies.md explains one like it, with longer times.
 * @returns the file's path
 */
export async function writeCanary({ dir, service, version, router, prometheus }) {
  const file = path.join(dir, `deployment-${version}.yaml`);
  const text = JSON.stringify;
  await writeFile(
    file,
    `service: ${service}
environment: local
release: { code_version: ${version}, configuration_version: '1' }
fleet: { file: instances.json }
driver:
  type: command
  update: [${text(path.join(EXAMPLE, 'update.sh'))}]
  # HAProxy has sent nobody there for a while when it begins.
  env: { FLEET_DIR: ${text(dir)}, SERVICE: ${service}, DRAIN_SECONDS: '0' }
  health: { type: http, path: /health, code_version: version, configuration_version: config }
strategy: { type: canary, steps: [10, 25, 50, 75, 100], batch_size: 50%, sticky: { type: cookie, name: uid } }
traffic:
  type: haproxy
  endpoints: [${text(`unix:${router.socket}`)}]
  map: ${text(router.map)}
  backends: { stable: shop_stable, canary: shop_canary }
  drain_timeout: 10s
metrics: { type: prometheus, url: ${text(prometheus)} }
analysis:
  monitoring_duration: 3s
  health_check_interval: 1s
  rollback_threshold_violations: 2
  on_no_data: wait
  thresholds: { max_response_time_ms: { p95: 400 }, max_error_rate: 1% }
retry: { max_attempts: 1 }
timeouts: { instance: 30s, health: 10s }
min_healthy_time: 500ms
health_interval: 2s
`,
  );
  return file;
}
