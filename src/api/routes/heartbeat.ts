import type { z } from 'zod';
import type { Heartbeat, HeartbeatAnswer, InstanceMetrics, Inventory } from '../../control/inventory';
import { hashOf } from '../../control/tokens';
import { releaseDocument, sameVersions } from '../../domain';
import type { Desired } from '../../domain/agent';
import { durationText } from '../../domain/duration';
import { heartbeat, instanceName } from '../../schemas/http';
import { bearerOf, unauthenticated } from '../access';
import type { Acquaintances } from '../acquaintances';
import { answers, heard } from '../answers';
import type { ApiMetrics } from '../../metrics/api';
import { HttpError, invalid } from '../errors';
import { batched, TooMany } from '../heartbeats';
import type { Limiter } from '../limits';
import type { Api } from '../types';

const KIB = 1024;

interface Options {
  inventory: Inventory;
  metrics: Pick<ApiMetrics, 'heartbeat'>;
  acquaintances: Acquaintances;
  heartbeat: { intervalMs: number };
}

/** What instances tell, and what they are told in return. */
export function addHeartbeat(app: Api, options: Options, limiter: Limiter): void {
  const { inventory, metrics, acquaintances } = options;
  const { intervalMs } = options.heartbeat;
  const write = batched((beats) => inventory.hear(beats));
  const hear = async (beat: Heartbeat, isKnown: boolean): Promise<HeartbeatAnswer> => {
    const began = performance.now();
    try {
      const answer = await write(beat, isKnown);
      metrics.heartbeat(answer.kind, began);
      return answer;
    } catch (error) {
      metrics.heartbeat('failed', began);
      throw error instanceof TooMany ? tooMany(beat.name) : error;
    }
  };
  const next_heartbeat = durationText(intervalMs);
  /** No heartbeat up to it needs a look at the sequence. */
  let known = 0;

  app.patch(
    '/inventory/instances/:name',
    {
      bodyLimit: 16 * KIB,
      schema: {
        summary: 'Report how an instance is, and be told what it is to run',
        tags: ['inventory'],
        security: [{ instance: [] }],
        params: instanceName,
        body: heartbeat,
        response: answers(heard),
      },
    },
    async (request) => {
      const { body } = request;
      const beat = beatOf(request.params.name, bearerOf(request), body);
      const told = async (given: Heartbeat) => {
        const answer = await hear(given, acquaintances.behind(request) !== undefined);
        if (answer.kind === 'heard') {
          acquaintances.meet(beat.name, beat.secretHash);
          return answer.desired;
        }
        acquaintances.forget(beat.name, beat.secretHash);
        await limiter.failure(request);
        throw notLetIn(beat.name, answer);
      };
      if ((beat.generation ?? 0) > known) {
        known = await inventory.highestGeneration();
        if (beat.generation !== undefined && beat.generation > known) {
          // Nobody may move the sequence who isn't who they say, and what can't be true is not written down.
          const { generation, ...rest } = beat;
          await told(rest);
          if (!(await inventory.raiseGeneration(generation, beat.name))) throw tooHigh(generation, known);
          known = generation;
        }
      }
      const desired = await told(beat);
      return {
        desired: desiredDocument(desired),
        update_needed: isNeeded(desired, beat, body.attempt),
        next_heartbeat,
      };
    },
  );
}

/** Whether what it is to run is news to an instance. It obeys nothing that is older than what it has obeyed. */
export function isNeeded(desired: Desired | undefined, beat: Heartbeat, attempt: number | undefined): boolean {
  if (desired === undefined || desired.generation < (beat.generation ?? 0)) return false;
  if (!sameVersions(desired.versions, beat.versions)) return true;
  if (beat.generation !== undefined && beat.generation !== desired.generation) return true;
  return attempt !== undefined && attempt !== desired.attempt;
}

function beatOf(name: string, secret: string, body: z.output<typeof heartbeat>): Heartbeat {
  const {
    code_version: code,
    configuration_version: configuration,
    artifact,
    status,
    generation,
    attempt,
    reason,
    metrics,
  } = body;
  return {
    name,
    secretHash: hashOf(secret),
    health: status,
    ...(code && configuration
      ? { versions: { codeVersion: code, configurationVersion: configuration, ...(artifact ? { artifact } : {}) } }
      : {}),
    ...(generation === undefined ? {} : { generation }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(reason === undefined ? {} : { reason }),
    ...(metrics === undefined ? {} : { metrics: metrics as InstanceMetrics }),
  };
}

function desiredDocument(desired: Desired | undefined) {
  if (desired === undefined) return null;
  const { versions, ...rest } = desired;
  return { ...releaseDocument(versions), ...rest };
}

function notLetIn(name: string, { kind }: HeartbeatAnswer): HttpError {
  if (kind === 'unknown') {
    const hints = ['register it: POST /inventory/register'];
    return new HttpError(404, 'not_found', `There is no instance ${name} in the inventory.`, { hints });
  }
  return unauthenticated(`This is not the secret of ${name}; it may have been registered anew.`);
}

function tooMany(name: string): HttpError {
  const message = `Too many heartbeats of ${name} wait to be written; send the next one later.`;
  return new HttpError(429, 'rate_limited', message, { headers: { 'retry-after': '1' } });
}

function tooHigh(generation: number, known: number): HttpError {
  const message = `generation is ${generation}, and Belay has drawn none above ${known}: no instance can have obeyed it`;
  return invalid('the body', [{ field: 'generation', message }]);
}
