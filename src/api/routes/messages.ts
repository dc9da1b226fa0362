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
import { fieldsOf, keyOf, kept, once, rollback, type Deploying } from '../deploying';
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
    async (request) => {
      const principal = principalOf(request);
      const { reason } = request.body;
      const asker = { actor: principal.name, ...(reason === undefined ? {} : { reason }) };
      const paused = await control.pauseAll({ ...asker, within: withinOf(principal) });
      return { answers: paused.map((each) => ({ ...each })) };
    },
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
        async (request) => {
          const principal = principalOf(request);
          requireService(principal, request.params);
          const key = keyOf(request);
          // The workflow applies a message once, whoever keeps a key and for how long.
          const id = key === undefined ? {} : { request_id: `${principal.name}/${key}` };
          const fields = { ...fieldsOf(request.body, principal), ...id };
          return { ...(await control.message(request.params, word, fields)) };
        },
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
        once(deploying, request, reply, () => rollback(control, principalOf(request), request.params, request.body)),
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
}
