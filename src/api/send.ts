import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerTo, documentOf, type HttpError } from './errors';

/**
 * Answers a request with an error, in words; one that nobody foresaw goes to the log.
 * @param dress what is added to the answer, and its status, where a protocol has its own
 */
export function send(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  explain: (error: unknown) => unknown,
  dress: (answer: HttpError) => { status: number; more: object } = ({ statusCode }) => ({
    status: statusCode,
    more: {},
  }),
): FastifyReply {
  const { answer, unexpected } = answerTo(explain(error), request.id);
  if (unexpected) request.log.error({ error: textOf(error) }, 'a request failed');
  const { status, more } = dress(answer);
  return reply
    .code(status)
    .headers({ ...answer.more.headers, 'content-type': 'application/json; charset=utf-8' })
    .serializer(JSON.stringify)
    .send({ ...more, ...documentOf(answer) });
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
