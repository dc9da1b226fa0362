import { z } from 'zod';
import type { Control } from '../../control/control';
import { attemptDocument, hookRunDocument, instanceHistoryDocument, overviewDocument } from '../../control/documents';
import { bindsWithin, isWithin } from '../../control/within';
import { busyQuery, deploymentName, historyQuery, logsQuery } from '../../schemas/deploy-request';
import { principalOf } from '../access';
import { answers } from '../answers';
import { loggedDocument, numberedFreeze, standingDocument } from '../documents';
import { requireService } from '../scope';
import type { Api } from '../types';

const schema = { tags: ['deployments'], security: [{ token: [] }] };
const listed = z.array(z.looseObject({}));

/** What there is to see beside where a deployment stands. */
export function addLooking(app: Api, control: Control): void {
  app.get(
    '/overview',
    {
      schema: {
        ...schema,
        summary: 'What runs where, what is in flight, and what is frozen',
        response: answers(z.object({ running: listed, in_flight: listed, frozen: listed })),
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { running, in_flight, frozen } = await control.overview();
      const bound = frozen.filter(({ scope }) => bindsWithin(principal, scope));
      const seen = {
        running: running.filter((row) => isWithin(principal, row)),
        in_flight: in_flight.filter((document) => isWithin(principal, document)),
        frozen: bound,
      };
      return { ...overviewDocument(seen), frozen: bound.map(numberedFreeze) } as never;
    },
  );

  app.get(
    '/history',
    {
      schema: {
        ...schema,
        summary: 'What ran on an instance, since when, brought by which deployment',
        querystring: historyQuery,
        response: answers(z.object({ history: listed })),
      },
    },
    async (request) => {
      const { instance, service, environment } = request.query;
      const rows = await control.instanceHistory({
        instance,
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
      });
      const seen = rows.filter((row) => isWithin(principalOf(request), row));
      return { history: seen.map(instanceHistoryDocument) };
    },
  );

  const one = '/deployments/:environment/:service/:generation';
  app.get(
    `${one}/details`,
    {
      schema: {
        ...schema,
        summary: 'All of it: where it stands, its fleet, its instances, what happened, and what was measured',
        params: deploymentName,
        response: answers(
          z.object({
            status: z.looseObject({}),
            fleet: z.looseObject({}).optional(),
            instances: listed,
            events: listed,
            exposure: z.looseObject({}),
          }),
        ),
      },
    },
    async (request) => {
      requireService(principalOf(request), request.params);
      const { standing, fleet, instances, events, exposure } = await control.show(request.params);
      return {
        status: standingDocument(standing),
        ...(fleet === undefined ? {} : { fleet: { ...fleet } }),
        instances: instances.map((each) => ({ ...each })),
        events: events.map(loggedDocument),
        exposure: { ...exposure },
      };
    },
  );
  app.get(
    `${one}/logs`,
    {
      schema: {
        ...schema,
        summary: 'What each attempt and each hook printed, the last 8 KiB of it; of an instance alone no hooks',
        params: deploymentName,
        querystring: logsQuery,
        response: answers(z.object({ attempts: listed, hooks: listed })),
      },
    },
    async (request) => {
      requireService(principalOf(request), request.params);
      const { instance } = request.query;
      const [attempts, hooks] = await Promise.all([
        control.logs(request.params, instance),
        instance === undefined ? control.hookRuns(request.params) : [],
      ]);
      return { attempts: attempts.map(attemptDocument), hooks: hooks.map(hookRunDocument) };
    },
  );
  app.get(
    `${one}/busy`,
    {
      schema: {
        ...schema,
        summary: 'Names of some instances that are being worked on',
        params: deploymentName,
        querystring: busyQuery,
        response: answers(z.object({ instances: z.array(z.string()) })),
      },
    },
    async (request) => {
      requireService(principalOf(request), request.params);
      return { instances: await control.busy(request.params, request.query.limit) };
    },
  );
}
