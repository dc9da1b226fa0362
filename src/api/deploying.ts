import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AdjustFields, Answer, Control, Started, StartOrder, Trace } from '../control/control';
import { statusDocument } from '../control/documents';
import { BeingDone, OtherRequest, type Keys, type Kept } from '../control/keys';
import { parseDeploymentName, type DeploymentName } from '../control/name';
import type { DeploymentSpec, FleetSource, Instance } from '../domain';
import { labelsText } from '../domain/fleet';
import type { Plan } from '../domain/plan';
import { sizeText } from '../domain/size';
import { specOfRequest, type DeployRequest, type MessageBody } from '../schemas/deploy-request';
import { refuseMisfits } from '../schemas/load';
import type { Catalog } from '../schemas/server-drivers';
import { principalOf, type Principal } from './access';
import { HttpError, invalid, isRefusal } from './errors';
import { resolved } from './named';
import { requireInstances, requireLabels, requireService } from './scope';

/** What it takes to start and steer deployments. */
export interface Deploying {
  control: Control;
  keys: Keys;
  /** What began for a request of this id, if something did. */
  begunFor: (id: string) => Promise<Started | undefined>;
  /** The instances of a fleet, as they are listed now. */
  listFleet: (fleet: FleetSource) => Promise<Instance[]>;
  /** What is wrong with its artifact, if it has one and something is. */
  missingArtifact: (spec: DeploymentSpec) => Promise<string | undefined>;
  /** What a deployment would do now. */
  plan: (spec: DeploymentSpec, instances: Instance[], overrideFreeze?: string) => Promise<Plan>;
  /** What requests may name, by belay.yaml. */
  catalog: Catalog;
}

/** What is asked for, with the instances that it is about; refused where the token doesn't hold for it, or nobody matches. */
export async function orderOf(
  { listFleet, missingArtifact, catalog }: Deploying,
  principal: Principal,
  request: DeployRequest,
) {
  const found = resolved(catalog, request);
  const spec = specOfRequest(request, found);
  requireService(principal, spec);
  requireLabels(principal, found.labels);
  const instances = await listFleet(spec.fleet);
  if (instances.length === 0) {
    const message = `labels match no instance (${labelsText(found.labels)}); GET /inventory/instances lists those that there are`;
    throw invalid('the body', [{ field: 'labels', message }]);
  }
  requireInstances(principal, instances);
  const missing = await missingArtifact(spec);
  if (missing !== undefined) throw invalid('the body', [{ field: 'artifact', message: missing }]);
  refuseMisfits({ spec, instances }, {});
  return { spec, instances };
}

/** Starts a deployment in the name of a token. */
export async function deploy(
  deploying: Deploying,
  principal: Principal,
  request: DeployRequest,
  trace?: Trace,
): Promise<Kept> {
  const order = await orderOf(deploying, principal, request);
  const { note, override_freeze: overrideFreeze } = request;
  return begin(deploying.control, {
    ...order,
    actor: principal.name,
    ...(note === undefined ? {} : { note }),
    ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
    ...tracedBy(trace),
  });
}

/** As a part of what is asked for. */
export function tracedBy(trace: Trace | undefined): { trace?: Trace } {
  return trace === undefined ? {} : { trace };
}

/** Begins it, and answers with how it stands then. */
export async function begin(control: Control, order: StartOrder): Promise<Kept> {
  return { status: 201, body: await asItStands(control, await control.start(order)) };
}

/** Takes a deployment back: by a message to one in flight, else by a deployment of its own. */
export async function rollback(
  control: Control,
  principal: Principal,
  name: DeploymentName,
  { to, reason }: { to?: number | undefined; reason?: string | undefined },
  trace?: Trace,
): Promise<Kept> {
  requireService(principal, name);
  const { environment, service, generation } = name;
  const asker = {
    actor: principal.name,
    ...(reason === undefined ? {} : { reason }),
    ...(to === undefined ? {} : { to }),
    ...tracedBy(trace),
  };
  const which = { environment, service, ...(generation === undefined ? {} : { generation }) };
  return kept(control, await control.rollback(which, asker));
}

/** What a verb brought about, as an answer. */
export async function kept(control: Control, answer: Answer): Promise<Kept> {
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

/** A message's fields, as the workflow takes them. */
export function fieldsOf({ reason, ...rest }: MessageBody, { name }: Principal): AdjustFields {
  const fields: AdjustFields = { by: name, ...(reason === undefined ? {} : { reason }) };
  if ('instances' in rest && rest.instances !== undefined) fields.instances = rest.instances;
  if ('batch_size' in rest && rest.batch_size !== undefined) fields.batch_size = sizeText(rest.batch_size);
  if ('window' in rest && rest.window !== undefined) fields.window = rest.window;
  if ('max_failures' in rest && rest.max_failures !== undefined) fields.max_failures = sizeText(rest.max_failures);
  return fields;
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** The Idempotency-Key of a request, if it has one. */
export function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || (typeof key === 'string' && KEY.test(key))) return key;
  const message = 'Idempotency-Key is no key; write 1 to 200 printable characters without spaces';
  throw invalid('the headers', [{ field: 'Idempotency-Key', message }]);
}

/** A request with an Idempotency-Key is carried out once, however often it is sent. */
export async function once(
  { keys, control, begunFor }: Deploying,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (trace?: Trace) => Promise<Kept>,
): Promise<never> {
  const key = keyOf(request);
  let answer: Kept;
  if (key === undefined) answer = await work();
  else {
    const { method, url, body } = request;
    const goOn = async (trace: Trace, again: boolean): Promise<Kept> => {
      const begun = again && trace.aim === undefined ? await begunFor(trace.id) : undefined;
      if (begun === undefined) return work(trace);
      return { status: 201, body: { ...(await asItStands(control, begun)), notices: [] } };
    };
    const asked = { what: { method, url, body }, work: goOn, isRefusal };
    answer = await keys.once(principalOf(request).name, key, asked).catch((error: unknown) => {
      if (error instanceof OtherRequest) throw new HttpError(422, 'other_request', `${error.message}.`);
      throw error instanceof BeingDone
        ? new HttpError(409, 'busy', `${error.message}.`, { hints: error.hints })
        : error;
    });
  }
  return reply.code(answer.status).send(answer.body) as never;
}
