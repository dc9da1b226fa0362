import type { DeploymentSpec } from '../../src/domain';
import { readDeploymentFile } from '../../src/schemas';
import { temporaryFolder } from './files';
import { inputErrorOf } from './rejection';

/** Lines 1 to 5 of a deployment.yaml: nothing real is changed. */
export const LEAST = `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12 }
fleet: { file: instances.json }
driver: { type: simulated }
`;

/** Lines 1 and 2 of one that turns on features. */
export const FEATURES = `service: web
environment: production
`;

/** The same with instances that are real. */
export const REAL = LEAST.replace(
  'type: simulated',
  'type: command, update: [./update.sh], health: { type: http, path: / }',
);

/** Two lines. */
export const JUDGED = `metrics: { type: prometheus, url: "http://prometheus:9090" }
analysis: { monitoring_duration: 30m, thresholds: { max_error_rate: 5% } }
`;

/** The same, of each group by itself. */
export const DIVIDED = `metrics: { type: http, url: "http://stats/{{fleet_group}}?version={{version}}" }
analysis: { monitoring_duration: 30m, thresholds: { max_error_rate: 5% } }
`;

/** One line: a HAProxy with these backends. */
export function haproxy(backends: string): string {
  return `traffic: { type: haproxy, endpoints: ["unix:/run/haproxy/admin.sock"], map: /etc/haproxy/belay.map, backends: ${backends} }\n`;
}
export const CANARY_TRAFFIC = haproxy('{ stable: web_stable, canary: web_canary }');
export const SLOT_TRAFFIC = haproxy('{ blue: web_blue, green: web_green }');

export interface DeploymentFiles {
  path: string;
  read(text: string): Promise<DeploymentSpec>;
  /** Why one is refused, without the name of its file. */
  refusal(text: string): Promise<string>;
}

/** A folder for deployment.yaml files, with the fleet that LEAST names. */
export function deploymentFiles(): DeploymentFiles {
  const folder = temporaryFolder();
  folder.write('instances.json', [{ instance_id: 'web-01', code_version: '1', configuration_version: '1' }]);
  let files = 0;
  const read = (text: string) => readDeploymentFile(folder.write(`${++files}.yaml`, text));
  return {
    path: folder.path,
    read,
    refusal: async (text) => (await inputErrorOf(read(text))).replaceAll(`${folder.path}/${files}.yaml:`, ''),
  };
}
