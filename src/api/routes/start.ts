import { z } from 'zod';
import type { DeploymentSpec } from '../../domain';
import { refuseMisfits } from '../../schemas/load';
import { expectedOf, specOfStart, startRequest } from '../../schemas/start-request';
import { principalOf, type Principal } from '../access';
import { answers } from '../answers';
import { begin, once, tracedBy, type Deploying } from '../deploying';
import { withNamed } from '../named';
import { requireInstances, requireLabels, requireScope, requireService } from '../scope';
import type { Api } from '../types';

const schema = { tags: ['deployments'], security: [{ token: [] }], body: startRequest };
const document = z.looseObject({});
/** A plan names every instance. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Deployments by their whole description: what a deployment.yaml can say. */
export function addStart(app: Api, deploying: Deploying): void {
  app.post(
    '/deployments',
    { bodyLimit: MOST_BYTES, schema: { ...schema, summary: 'Start a deployment', response: answers(document, 201) } },
    (request, reply) =>
      once(deploying, request, reply, async (trace) => {
        const principal = principalOf(request);
        const { note, override_freeze: overrideFreeze } = request.body;
        const expected = expectedOf(request.body);
        return begin(deploying.control, {
          ...(await listed(deploying, principal, specOfStart(request.body))),
          actor: principal.name,
          ...(note === undefined ? {} : { note }),
          ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
          ...(expected === undefined ? {} : { expected }),
          ...tracedBy(trace),
        });
      }),
  );

  app.post(
    '/deployments/dry-run',
    {
      bodyLimit: MOST_BYTES,
      schema: { ...schema, summary: 'What it would do; nothing is changed', response: answers(document) },
    },
    async (request) => {
      const { spec, instances } = await listed(deploying, principalOf(request), specOfStart(request.body));
      return { ...(await deploying.plan(spec, instances, request.body.override_freeze)) };
    },
  );
}

/** With the instances that it is about, which it fits; refused where the token doesn't hold for it. */
async function listed({ listFleet, catalog }: Deploying, principal: Principal, asked: DeploymentSpec) {
  const spec = withNamed(catalog, asked);
  requireService(principal, spec);
  // Flags are of an environment, whatever service turns them on.
  if (spec.strategy.kind === 'feature_flags' || spec.flags !== undefined) {
    requireScope(principal, { environment: spec.environment });
  }
  if (spec.fleet.kind === 'inventory') requireLabels(principal, spec.fleet.labels);
  const instances = await listFleet(spec.fleet);
  requireInstances(principal, instances);
  refuseMisfits({ spec, instances }, {});
  return { spec, instances };
}
