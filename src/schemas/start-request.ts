import { z } from 'zod';
import type { DeploymentSpec, FleetSource, Versions } from '../domain';
import { misplacedFor } from './deployment/remote';
import { deployment } from './deployment/schema';
import { specOf } from './deployment/spec-of';
import { object } from './object';
import { choice, digest, line, list, name, version } from './scalars';
import { versionsOf } from './versions';

const sent = deployment.check(
  z.superRefine(
    (value, context) => {
      for (const { path, message } of misplacedFor('api', value)) context.addIssue({ code: 'custom', path, message });
    },
    // Also beside other problems, so that one answer tells all.
    { when: ({ value }) => typeof value === 'object' && value !== null },
  ),
);

const member = object(
  {
    instance_id: name('instance'),
    code_version: version('version of the code').nullable(),
    configuration_version: version('version of the configuration').nullable(),
    artifact: digest().optional(),
  },
  'write { "instance_id", "code_version", "configuration_version" }',
);

/** `POST /deployments`, and the dry run of it: a deployment.yaml as JSON, and what the command line has options for. */
export const startRequest = object(
  {
    deployment: sent.describe(
      'A deployment.yaml as JSON: its fleet by labels, its driver without commands; what has commands or addresses by the name that belay.yaml gives it.',
    ),
    note: line('write why').optional(),
    override_freeze: line('write why it must be deployed all the same').optional(),
    force: choice(['true', 'false'])
      .prefault('false')
      .meta({ type: 'true or false' })
      .describe('Touch instances that run the release already, too.'),
    expected: list(member, 'write the members of a plan')
      .optional()
      .describe('What each instance ran when it was planned: refused when the fleet has changed since.'),
  },
  'write { "deployment": { … } }',
);

type StartRequest = z.output<typeof startRequest>;

/** What is to be done, with every default. */
export function specOfStart({ deployment: parsed, force }: StartRequest): DeploymentSpec {
  const fleet: FleetSource =
    parsed.fleet === undefined ? { kind: 'none' } : { kind: 'inventory', labels: parsed.fleet.labels ?? {} };
  return { ...specOf(parsed, '/', fleet), force: force === 'true' };
}

/** The plan that the fleet must still match. */
export function expectedOf({ expected }: StartRequest): { name: string; versions?: Versions }[] | undefined {
  return expected?.map(({ instance_id: name, code_version: code, configuration_version: configuration, artifact }) => {
    const versions = versionsOf(code, configuration, artifact);
    return versions === undefined ? { name } : { name, versions };
  });
}
