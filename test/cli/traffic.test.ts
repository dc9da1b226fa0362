import { InputError } from '../../src/domain/errors';
import type { DeploymentSpec } from '../../src/domain';
import { haproxyLines } from '../../src/drivers/traffic/haproxy/lines';
import { trafficLines } from '../../src/cli/verbs/traffic';
import { cliContext } from '../support/cli';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const HAPROXY: DeploymentSpec['traffic'] = {
  kind: 'haproxy',
  endpoints: ['unix:/run/haproxy/admin.sock'],
  map: '/etc/haproxy/belay.map',
  backends: { stable: 'web_stable', canary: 'web_canary' },
  drainTimeoutMs: 30_000,
  timeoutMs: 5_000,
};
const CANARY: DeploymentSpec['strategy'] = {
  kind: 'canary',
  steps: [],
  batchSize: { kind: 'percent', percent: 10 },
  match: [{ kind: 'header', name: 'x-canary', value: '1' }],
  sticky: { kind: 'cookie', name: 'uid' },
  rollback: 'instant',
};
const spec = { environment: 'production', service: 'web', strategy: CANARY, traffic: HAPROXY };

it('prints what the driver counts on, testers and users with it', () => {
  const lines = trafficLines(spec, { haproxyLines }, 'deployment.yaml');
  expect(lines).toContain('production/web/header/x-canary/%[req.fhdr(x-canary),url_enc]');
  expect(lines).toContain('req.cook(uid)');
  expect(lines).toContain('default_backend web_stable');
});

it('prints those of each group where they differ, and once where only the sockets do', () => {
  const groups = { by: 'region', order: ['eu', 'us'], bakeMs: 0, approve: false };
  const linesOf = (more: object) =>
    trafficLines({ ...spec, groups, traffic: { ...HAPROXY, ...more } }, { haproxyLines }, 'd.yaml');
  const sockets = linesOf({ endpoints: ['unix:/run/{{group}}.sock'] });
  expect(sockets).toBe(trafficLines(spec, { haproxyLines }, 'd.yaml'));
  const maps = linesOf({ map: '/etc/haproxy/{{group}}.map' });
  expect(maps).toMatch(/# eu\n[^]*map\(\/etc\/haproxy\/eu\.map,0\)[^]*# us\n[^]*map\(\/etc\/haproxy\/us\.map,0\)/);
  expect(maps).not.toContain('{{group}}');
});

it.each([
  [undefined, 'says nothing of traffic'],
  [{ kind: 'nop' as const }, 'has traffic of type nop'],
])('says that there are none for %p', (traffic, words) => {
  const { traffic: _, ...without } = spec;
  const of = () =>
    trafficLines({ ...without, ...(traffic === undefined ? {} : { traffic }) }, { haproxyLines }, 'd.yaml');
  expect(of).toThrow(InputError);
  expect(of).toThrow(`d.yaml: ${words}`);
});

it('reads a deployment.yaml, and says what it lacks', async () => {
  folder.write('instances.json', [{ instance_id: 'web-01', code_version: '1', configuration_version: '1' }]);
  const file = folder.write(
    'deployment.yaml',
    'service: web\nenvironment: production\nrelease: { code_version: 2, configuration_version: 1 }\n' +
      'fleet: { file: instances.json }\ndriver: { type: simulated }\n',
  );
  const { run, written } = cliContext();
  expect(await run('traffic', 'lines', '-f', file)).toBe(2);
  expect(written.err.join('\n')).toContain('says nothing of traffic');
});
