import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AdjustFields, Answer, Control, Started } from '../../control/control';
import { eventDocument, statusDocument } from '../../control/documents';
import { OtherRequest, type Keys, type Kept } from '../../control/keys';
import { parseDeploymentName, type DeploymentName } from '../../control/name';
import type { DeploymentSpec, FleetSource, Instance } from '../../domain';
import { labelsText } from '../../domain/fleet';
import type { Plan } from '../../domain/plan';
import { sizeText } from '../../domain/size';
import {
  deploymentName,
  deploymentsQuery,
  deployRequest,
  MESSAGES,
  retryRequest,
  rollbackOne,
  rollbackRequest,
  serviceName,
  specOfRequest,
  statusQuery,
  type DeployRequest,
  type MessageBody,
  type MessageWord,
} from '../../schemas/deploy-request';
import { refuseMisfits } from '../../schemas/load';
import { principalOf, type Principal } from '../access';
import { answers } from '../answers';
import { HttpError, invalid } from '../errors';
import { holdsFor, requireLabels, requireService } from '../scope';
import type { Api } from '../types';

export interface Deploying {
  control: Control;
  keys: Keys;
  /** The instances of a fleet, as they are listed now. */
  listFleet: (fleet: FleetSource) => Promise<Instance[]>;
  /** What a deployment would do now. */
  plan: (spec: DeploymentSpec, instances: Instance[]) => Promise<Plan>;
}

const tags = ['deployments'];
const security = [{ token: [] }];
const document = z.looseObject({}).describe('As `belay status --json` prints it.');
const started = z.looseObject({});

/** Deployments: started, looked at and steered. */
export function addDeployments(app: Api, deploying: Deploying): void {
  const { control } = deploying;
  const schema = { tags, security };
  const statusOf = async (name: DeploymentName) => ({ ...statusDocument(await control.status(name)) });

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
    (request, reply) => once(deploying, request, reply, () => deploy(deploying, principalOf(request), request.body)),
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
      once(deploying, request, reply, () => rollback(control, principalOf(request), request.body, request.body)),
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
      const { service, environment, instance, limit } = request.query;
      const rows = await control.history({
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
        ...(instance === undefined ? {} : { instance }),
        limit,
      });
      return { deployments: rows.filter((row) => holdsFor(principal, row)).map((row) => ({ ...row.document })) };
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
      return { events: (await control.events(request.params)).map(eventDocument) };
    },
  );

  for (const word of Object.keys(MESSAGES) as MessageWord[]) {
    app.post(
      `${one}/${word}`,
      {
        schema: {
          ...schema,
          summary: `Send it the message ${word}`,
          params: deploymentName,
          body: MESSAGES[word],
          response: answers(started),
        },
      },
      async (request) => {
        const principal = principalOf(request);
        requireService(principal, request.params);
        return { ...(await control.message(request.params, word, fieldsOf(request.body, principal))) };
      },
    );
  }
  app.post(
    `${one}/rollback`,
    {
      schema: {
        ...schema,
        summary: 'Take it back',
        params: deploymentName,
        body: rollbackOne,
        response: { ...answers(started), ...answers(started, 201) },
      },
    },
    (request, reply) =>
      once(deploying, request, reply, () => rollback(control, principalOf(request), request.params, request.body)),
  );
  app.post(
    `${one}/retry`,
    {
      schema: {
        ...schema,
        summary: 'Try failed instances again',
        params: deploymentName,
        body: retryRequest,
        response: { ...answers(started), ...answers(started, 201) },
      },
    },
    (request, reply) =>
      once(deploying, request, reply, async () => {
        const principal = principalOf(request);
        requireService(principal, request.params);
        const { instances = [], reason, override_freeze: overrideFreeze } = request.body;
        const asker = { actor: principal.name, instances, ...(reason === undefined ? {} : { reason }) };
        const override = overrideFreeze === undefined ? {} : { overrideFreeze };
        return kept(control, await control.retry(request.params, { ...asker, ...override }));
      }),
  );
}

async function orderOf({ listFleet }: Deploying, principal: Principal, request: DeployRequest) {
  const spec = specOfRequest(request);
  requireService(principal, spec);
  requireLabels(principal, request.labels);
  const instances = await listFleet(spec.fleet);
  if (instances.length === 0) {
    const message = `labels match no instance (${labelsText(request.labels)}); GET /inventory/instances lists those that there are`;
    throw invalid('the body', [{ field: 'labels', message }]);
  }
  refuseMisfits({ spec, instances }, {});
  return { spec, instances };
}

async function deploy(deploying: Deploying, principal: Principal, request: DeployRequest): Promise<Kept> {
  const order = await orderOf(deploying, principal, request);
  const { note, override_freeze: overrideFreeze } = request;
  const begun = await deploying.control.start({
    ...order,
    actor: principal.name,
    ...(note === undefined ? {} : { note }),
    ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
  });
  return { status: 201, body: await asItStands(deploying.control, begun) };
}

async function rollback(
  control: Control,
  principal: Principal,
  name: DeploymentName,
  { to, reason }: { to?: number | undefined; reason?: string | undefined },
): Promise<Kept> {
  requireService(principal, name);
  const { environment, service, generation } = name;
  const asker = {
    actor: principal.name,
    ...(reason === undefined ? {} : { reason }),
    ...(to === undefined ? {} : { to }),
  };
  const which = { environment, service, ...(generation === undefined ? {} : { generation }) };
  return kept(control, await control.rollback(which, asker));
}

async function kept(control: Control, answer: Answer): Promise<Kept> {
  switch (answer.kind) {
    case 'delivered':
      return { status: 200, body: answer.delivered };
    case 'started':
      return { status: 201, body: { ...(await asItStands(control, answer.started)), notices: answer.notices ?? [] } };
    case 'nothing':
      return { status: 200, body: { nothing_to_do: answer.reason } };
  }
}

/** It has begun: not knowing how it stands is no failure. */
async function asItStands(control: Control, begun: Started): Promise<object> {
  try {
    return statusDocument(await control.status(parseDeploymentName(begun.id)));
  } catch {
    return { ...begun, status: 'pending' };
  }
}

function fieldsOf({ reason, ...rest }: MessageBody, { name }: Principal): AdjustFields {
  const fields: AdjustFields = { by: name, ...(reason === undefined ? {} : { reason }) };
  if ('instances' in rest && rest.instances !== undefined) fields.instances = rest.instances;
  if ('batch_size' in rest && rest.batch_size !== undefined) fields.batch_size = sizeText(rest.batch_size);
  if ('window' in rest && rest.window !== undefined) fields.window = rest.window;
  if ('max_failures' in rest && rest.max_failures !== undefined) fields.max_failures = sizeText(rest.max_failures);
  return fields;
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** A request with an Idempotency-Key is carried out once, however often it is sent. */
async function once(
  { keys }: Deploying,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<Kept>,
): Promise<never> {
  const key = request.headers['idempotency-key'];
  let answer: Kept;
  if (key === undefined) answer = await work();
  else {
    if (typeof key !== 'string' || !KEY.test(key)) {
      const message = 'Idempotency-Key is no key; write 1 to 200 printable characters without spaces';
      throw invalid('the headers', [{ field: 'Idempotency-Key', message }]);
    }
    const asked = { url: request.url, body: request.body };
    answer = await keys.once(principalOf(request).name, key, asked, work).catch((error: unknown) => {
      throw error instanceof OtherRequest ? new HttpError(422, 'other_request', `${error.message}.`) : error;
    });
  }
  return reply.code(answer.status).send(answer.body) as never;
}
