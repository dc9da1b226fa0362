import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Artifacts } from '../../control/artifacts';
import { ArtifactRefused, type ArtifactStore, type StoredArtifact } from '../../domain/artifact';
import { artifactDigest, artifactHeaders } from '../../schemas/http';
import { principalOf } from '../access';
import { answers } from '../answers';
import { LONGEST_ARRIVAL_MS } from '../arrival';
import { HttpError, invalid } from '../errors';
import { rangeOf } from '../range';
import type { Api } from '../types';

const tags = ['artifacts'];

/** Artifacts as they are pushed and fetched; neither is ever held in memory. */
export function addArtifacts(app: Api, store: ArtifactStore, artifacts: Pick<Artifacts, 'push'>): void {
  void app.register(async (scoped) => {
    scoped.removeAllContentTypeParsers();
    scoped.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    scoped.addContentTypeParser('*', (_request, _payload, done) => done(notBytes()));
    addPush(scoped, artifacts);
  });
  addFetch(app, store);
}

function addPush(app: Api, artifacts: Pick<Artifacts, 'push'>): void {
  app.post(
    '/artifacts',
    {
      config: { arrivesWithinMs: LONGEST_ARRIVAL_MS },
      schema: {
        summary: 'Store an artifact',
        description: 'Pushing what is there already changes nothing. With `x-artifact-digest`, nothing else is stored.',
        tags,
        security: [{ token: [] }],
        consumes: ['application/octet-stream'],
        headers: artifactHeaders,
        body: z.unknown().meta({ type: 'bytes' }),
        response: { ...answers(stored, 201), ...answers(stored) },
      },
    },
    async (request, reply) => {
      const { body, raw } = request;
      if (!(body instanceof Readable)) throw refused(new ArtifactRefused('empty', 'it is empty'));
      try {
        // What is refused half-way is still answered: the stream isn't destroyed with the loop.
        const content = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
        const { name } = principalOf(request);
        const { artifact, existed } = await artifacts.push(() => content, name, request.headers['x-artifact-digest']);
        return await reply.code(existed ? 200 : 201).send(documentOf(artifact));
      } catch (error) {
        if (error instanceof ArtifactRefused) throw refused(error);
        if (raw.readableAborted) throw new HttpError(400, 'interrupted', 'It ended before all of it had arrived.');
        throw error;
      }
    },
  );
}

function addFetch(app: Api, store: ArtifactStore): void {
  const schema = {
    tags,
    security: [{ token: [] }, { instance: [] }],
    params: artifactDigest,
    produces: ['application/octet-stream'],
  };
  app.get(
    '/artifacts/:digest',
    { schema: { summary: 'Fetch an artifact, or one range of its bytes', ...schema } },
    async (request, reply) => {
      const { digest } = request.params;
      const artifact = await existing(store, digest);
      const header = ifRange(request, digest) ? request.headers.range : undefined;
      const range = rangeOf(header, artifact.size);
      describe(reply, artifact);
      if (range === 'none') throw unsatisfiable(artifact);
      if (range !== 'whole') {
        const { first, last } = range;
        reply.code(206).headers({
          'content-range': `bytes ${first}-${last}/${artifact.size}`,
          'content-length': String(last - first + 1),
        });
      }
      const content = await store.read(digest, range === 'whole' ? undefined : range);
      if (content === undefined) throw unknown(digest);
      return reply.send(content instanceof Readable ? content : Readable.from(content));
    },
  );
  app.head(
    '/artifacts/:digest',
    { schema: { summary: 'Whether an artifact is there, and how large it is', ...schema } },
    async (request, reply) => {
      describe(reply, await existing(store, request.params.digest));
      return reply.send();
    },
  );
}

async function existing(store: ArtifactStore, digest: string): Promise<StoredArtifact> {
  const artifact = await store.find(digest);
  if (artifact === undefined) throw unknown(digest);
  return artifact;
}

/** What has a digest never changes: it may be kept for ever. */
function describe(reply: FastifyReply, { digest, size }: StoredArtifact): void {
  reply.headers({
    'content-type': 'application/octet-stream',
    'content-length': String(size),
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
    'cache-control': 'private, max-age=31536000, immutable',
  });
}

/** Whoever holds a part of something else gets the whole. */
function ifRange({ headers }: FastifyRequest, digest: string): boolean {
  const condition = headers['if-range'];
  return condition === undefined || condition === `"${digest}"`;
}

const stored = z.object({ digest: z.string(), size: z.int() });

function documentOf({ digest, size }: StoredArtifact) {
  return { digest, size };
}

function refused({ kind, message }: ArtifactRefused): HttpError {
  switch (kind) {
    case 'too_large':
      return new HttpError(413, 'too_large', `The artifact is not stored: ${message}.`);
    case 'other_digest':
      return invalid('the headers', [{ field: 'x-artifact-digest', message: `it is not stored: ${message}` }]);
    case 'empty':
      return invalid('the body', [{ field: '', message: 'is empty; send the bytes of the file' }]);
  }
}

function notBytes(): HttpError {
  const hints = ["send the file itself with the header 'content-type: application/octet-stream'"];
  return new HttpError(415, 'unsupported_media_type', 'An artifact is sent as bytes.', { hints });
}

function unsatisfiable({ size }: StoredArtifact): HttpError {
  const headers = { 'content-range': `bytes */${size}` };
  return new HttpError(416, 'range_not_satisfiable', `The artifact has ${size} bytes: none of that range.`, {
    headers,
  });
}

function unknown(digest: string): HttpError {
  const hints = ['push it: `belay artifact push FILE`, or POST /artifacts'];
  return new HttpError(404, 'not_found', `There is no artifact ${digest}.`, { hints });
}
