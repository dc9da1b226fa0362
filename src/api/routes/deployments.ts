import { z } from 'zod';
import type { DeploymentName } from '../../control/name';
import {
  deploymentName,
  deploymentsQuery,
  deployRequest,
  progressRequest,
  rollbackRequest,
  serviceName,
  statusQuery,
} from '../../schemas/deploy-request';
import { principalOf } from '../access';
import { answers } from '../answers';
import { deploy, once, orderOf, rollback, type Deploying } from '../deploying';
import { loggedDocument, standingDocument } from '../documents';
import { requireService, withinOf } from '../scope';
import { progress } from '../progress';
import type { Api } from '../types';

const tags = ['deployments'];
const security = [{ token: [] }];
const document = z.looseObject({}).describe('As `belay status --json` prints it.');
const started = z.looseObject({});

/** Deployments: started, looked at and steered. */
export function addDeployments(app: Api, deploying: Deploying): void {
  const { control } = deploying;
  const schema = { tags, security };
  const statusOf = async (name: DeploymentName) => standingDocument(await control.status(name));

  app.post(
    '/deploy',
    {
      schema: {
        ...schema,
        summary: 'Bring a release to the instances that carry these labels',
        body: deployRequest,
        response: answers(document, 201),
      },
    },
    (request, reply) =>
      once(deploying, request, reply, (trace) => deploy(deploying, principalOf(request), request.body, trace)),
  );

  app.post(
    '/deploy/progress',
    {
      schema: {
        ...schema,
        summary: 'Look at the instances of the deployment in flight now, and at those outside of deployments',
        body: progressRequest,
        response: answers(document),
      },
    },
    async (request) => ({ ...standingDocument(await progress(control, principalOf(request), request.body)) }),
  );

  app.post(
    '/deploy/rollback',
    {
      schema: {
        ...schema,
        summary: 'Take a service back',
        body: rollbackRequest,
        response: { ...answers(started), ...answers(started, 201) },
      },
    },
    (request, reply) =>
      once(deploying, request, reply, (trace) =>
        rollback(control, principalOf(request), request.body, request.body, trace),
      ),
  );

  app.get(
    '/deploy/status',
    {
      schema: {
        ...schema,
        summary: 'Where the deployment of a service stands',
        querystring: statusQuery,
        response: answers(document),
      },
    },
    (request) => {
      requireService(principalOf(request), request.query);
      return statusOf(request.query);
    },
  );

  app.get(
    '/deployments',
    {
      schema: {
        ...schema,
        summary: 'List deployments, the newest first',
        querystring: deploymentsQuery,
        response: answers(z.object({ deployments: z.array(document) })),
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { service, environment, instance, before, limit } = request.query;
      const rows = await control.history({
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
        ...(instance === undefined ? {} : { instance }),
        ...(before === undefined ? {} : { before }),
        ...withinOf(principal),
        limit,
      });
      return { deployments: rows.map((row) => ({ ...row.document })) };
    },
  );

  app.post(
    '/deployments/plan',
    {
      schema: {
        ...schema,
        summary: 'What a deployment would do; nothing is changed',
        body: deployRequest,
        response: answers(z.looseObject({})),
      },
    },
    async (request) => {
      const { spec, instances } = await orderOf(deploying, principalOf(request), request.body);
      return { ...(await deploying.plan(spec, instances)) };
    },
  );

  for (const [path, params] of [
    ['/deployments/:environment/:service', serviceName],
    ['/deployments/:environment/:service/:generation', deploymentName],
  ] as const) {
    app.get(
      path,
      { schema: { ...schema, summary: 'Where a deployment stands', params, response: answers(document) } },
      (request) => {
        requireService(principalOf(request), request.params);
        return statusOf(request.params);
      },
    );
  }

  const one = '/deployments/:environment/:service/:generation';
  app.get(
    `${one}/instances`,
    {
      schema: {
        ...schema,
        summary: 'Its instances',
        params: deploymentName,
        response: answers(z.object({ instances: z.array(z.looseObject({})) })),
      },
    },
    async (request) => {
      requireService(principalOf(request), request.params);
      return { instances: (await control.instances(request.params)).map((each) => ({ ...each })) };
    },
  );
  app.get(
    `${one}/events`,
    {
      schema: {
        ...schema,
        summary: 'What happened in it, the oldest first',
        params: deploymentName,
        response: answers(z.object({ events: z.array(z.looseObject({})) })),
      },
    },
    async (request) => {
      requireService(principalOf(request), request.params);
      return { events: (await control.events(request.params)).map(loggedDocument) };
    },
  );
}
