import { z } from 'zod';
import type { Control } from '../../control/control';
import { bindsWithin } from '../../control/within';
import type { FreezeScope } from '../../domain/freeze';
import { freezeRequest, freezesQuery, liftRequest } from '../../schemas/freeze-request';
import { principalOf } from '../access';
import { answers } from '../answers';
import { numberedFreeze } from '../documents';
import { requireScope, withinOf } from '../scope';
import type { Api } from '../types';

const schema = { tags: ['freezes'], security: [{ token: [] }] };
const freeze = z.looseObject({});

/** What must not be deployed to. */
export function addFreezes(app: Api, control: Control): void {
  app.get(
    '/freezes',
    {
      schema: {
        ...schema,
        summary: 'List freezes, the newest first',
        querystring: freezesQuery,
        response: answers(z.object({ freezes: z.array(freeze) })),
      },
    },
    async (request) => {
      const { limit, ...scope } = request.query;
      // Which of them bind what a token holds for is told apart here, so that all are read first.
      const rows = await control.freezes(scopeOf(scope));
      const seen = rows.filter((row) => bindsWithin(principalOf(request), row.scope));
      return { freezes: seen.slice(0, limit).map(numberedFreeze) };
    },
  );

  app.post(
    '/freezes',
    {
      schema: {
        ...schema,
        summary: 'Refuse new deployments for a while',
        body: freezeRequest,
        response: answers(freeze),
      },
    },
    async (request) => {
      const { reason, until, replace, ...named } = request.body;
      const scope = scopeOf(named);
      const principal = principalOf(request);
      requireScope(principal, scope);
      const frozen = await control.freeze({
        scope,
        within: withinOf(principal),
        by: principal.name,
        reason,
        replace: replace === 'true',
        ...(until === undefined ? {} : { until }),
      });
      const { already, in_flight, notices, replaced } = frozen;
      return {
        ...numberedFreeze(frozen.freeze),
        already,
        replaced: replaced === undefined ? null : numberedFreeze(replaced),
        in_flight,
        notices,
      };
    },
  );

  app.post(
    '/freezes/lift',
    { schema: { ...schema, summary: 'Lift a freeze before its time', body: liftRequest, response: answers(freeze) } },
    async (request) => {
      const { reason, ...named } = request.body;
      const scope = scopeOf(named);
      const principal = principalOf(request);
      requireScope(principal, scope);
      const within = withinOf(principal);
      const asker = { actor: principal.name, within, ...(reason === undefined ? {} : { reason }) };
      const { freeze: lifted, still } = await control.unfreeze(scope, asker);
      return { ...numberedFreeze(lifted), still_frozen: still.map(numberedFreeze) };
    },
  );
}

function scopeOf({ environment, service }: { [Key in keyof FreezeScope]?: string | undefined }): FreezeScope {
  return {
    ...(environment === undefined ? {} : { environment }),
    ...(service === undefined ? {} : { service }),
  };
}
