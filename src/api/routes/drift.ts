import { z } from 'zod';
import type { Control } from '../../control/control';
import { isWithin } from '../../control/within';
import { RECONCILE_MODES } from '../../domain/reconcile';
import { driftQuery } from '../../schemas/deploy-request';
import { principalOf } from '../access';
import { answers } from '../answers';
import type { Api } from '../types';

const text = z.string();
const time = z.iso.datetime();

const instance = z.object({
  instance_id: text,
  kind: z.enum(['newcomer', 'drifted', 'silent', 'repair_failed']),
  code_version: text.nullable(),
  configuration_version: text.nullable(),
  artifact: text.optional(),
  status: z.int(),
  since: time.describe('Since when it has reported that; of a silent one, its last heartbeat.'),
  will: z.enum(['bring', 'repair', 'wait', 'nothing']).describe('What reconciliation does about it.'),
  reason: text.nullable(),
});

const drift = z.object({
  reconcile: z.object({ mode: z.enum(RECONCILE_MODES), interval: text, last_sweep: time.nullable() }),
  services: z.array(
    z.object({
      environment: text,
      service: text,
      desired: z
        .object({ code_version: text, configuration_version: text, artifact: text.optional() })
        .nullable()
        .describe('What is to run outside of deployments; null: nobody reconciles.'),
      deployment: text.describe('The one that left it.'),
      reason: text.nullable(),
      instances: z.array(instance),
    }),
  ),
});

/** Who differs from what they are to run. */
export function addDrift(app: Api, control: Pick<Control, 'drift'>): void {
  app.get(
    '/inventory/drift',
    {
      schema: {
        summary: 'Instances that differ from what their service is to run, and what will be done about it',
        tags: ['inventory'],
        security: [{ token: [] }],
        querystring: driftQuery,
        response: answers(drift),
      },
    },
    async (request) => {
      const { service, environment } = request.query;
      const document = await control.drift({
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
      });
      const principal = principalOf(request);
      return { ...document, services: document.services.filter((each) => isWithin(principal, each)) };
    },
  );
}
