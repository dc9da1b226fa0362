import { z } from 'zod';
import {
  deploymentName,
  MESSAGES,
  pauseRequest,
  retryRequest,
  rollbackOne,
  serviceName,
  type MessageWord,
} from '../../schemas/deploy-request';
import { principalOf } from '../access';
import { answers } from '../answers';
import { fieldsOf, kept, once, rollback, tracedBy, type Deploying } from '../deploying';
import { requireService, withinOf } from '../scope';
import type { Api } from '../types';

const schema = { tags: ['deployments'], security: [{ token: [] }] };
const done = z.looseObject({});

/** What is said to deployments: to one by its generation, or to the one that a service has in flight. */
export function addMessages(app: Api, deploying: Deploying): void {
  const { control } = deploying;

  app.post(
    '/deployments/pause',
    {
      schema: {
        ...schema,
        summary: 'Pause all that are in flight',
        body: pauseRequest,
        response: answers(z.object({ answers: z.array(done) })),
      },
    },
    (request, reply) =>
      once(deploying, request, reply, async (trace) => {
        const principal = principalOf(request);
        const { reason } = request.body;
        const asker = { actor: principal.name, ...(reason === undefined ? {} : { reason }), ...tracedBy(trace) };
        const paused = await control.pauseAll({ ...asker, within: withinOf(principal) });
        return { status: 200, body: { answers: paused.map((each) => ({ ...each })) } };
      }),
  );

  for (const [path, params] of [
    ['/deployments/:environment/:service', serviceName],
    ['/deployments/:environment/:service/:generation', deploymentName],
  ] as const) {
    for (const word of Object.keys(MESSAGES) as MessageWord[]) {
      app.post(
        `${path}/${word}`,
        {
          schema: {
            ...schema,
            summary: `Send it the message ${word}`,
            params,
            body: MESSAGES[word],
            response: answers(done),
          },
        },
        (request, reply) =>
          once(deploying, request, reply, async (trace) => {
            const principal = principalOf(request);
            requireService(principal, request.params);
            const fields = fieldsOf(request.body, principal);
            return { status: 200, body: { ...(await control.message(request.params, word, fields, trace)) } };
          }),
      );
    }
    app.post(
      `${path}/rollback`,
      {
        schema: {
          ...schema,
          summary: 'Take it back',
          params,
          body: rollbackOne,
          response: { ...answers(done), ...answers(done, 201) },
        },
      },
      (request, reply) =>
        once(deploying, request, reply, (trace) =>
          rollback(control, principalOf(request), request.params, request.body, trace),
        ),
    );
    app.post(
      `${path}/retry`,
      {
        schema: {
          ...schema,
          summary: 'Try failed instances again',
          params,
          body: retryRequest,
          response: { ...answers(done), ...answers(done, 201) },
        },
      },
      (request, reply) =>
        once(deploying, request, reply, async (trace) => {
          const principal = principalOf(request);
          requireService(principal, request.params);
          const { instances = [], reason, override_freeze: overrideFreeze } = request.body;
          const asker = { actor: principal.name, instances, ...(reason === undefined ? {} : { reason }) };
          const override = overrideFreeze === undefined ? {} : { overrideFreeze };
          return kept(control, await control.retry(request.params, { ...asker, ...override, ...tracedBy(trace) }));
        }),
    );
  }
}
