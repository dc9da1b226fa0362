import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { ArtifactRefused, DIGEST_RULE, isDigest, type StoredArtifact } from '../../domain/artifact';
import { bytesText } from '../../domain/bytes';
import { InputError } from '../../domain/errors';
import { whyUnreadable } from '../../schemas/read-text';
import { EXIT } from '../exit';
import { pathFrom } from '../paths';
import { tableLines } from '../render/table';
import { timeText } from '../render/words';
import { verb, type AddVerb } from '../verb';

export const addArtifact: AddVerb = (program, context, done) => {
  const { output } = context;
  const group = program.command('artifact').summary('store, list and delete what releases come in');
  group.description('store, list and delete what releases come in.');
  group.addHelpText('after', '\nExample:\n  belay artifact push web-1.5.0.tar.gz');

  verb(group, {
    name: 'push',
    summary: 'store a file, and print the digest that release.artifact names it by',
    example: 'belay artifact push web-1.5.0.tar.gz',
    details:
      'Nothing has to run; with BELAY_API_URL it is sent to that API. Pushing the same file again changes nothing',
  })
    .argument('<file>', 'the file, of any kind')
    .action(async (given: string, { json }: { json: boolean }) => {
      const file = pathFrom(context.directory, given);
      const { artifact, existed } = await pushed(file, async (open) =>
        (await context.artifacts()).push(open, context.actor),
      );
      if (json) output.json({ ...documentOf(artifact), existed });
      else {
        output.say(`${given} (${bytesText(artifact.size)}) is ${existed ? 'stored already' : 'stored'}.`);
        output.line(artifact.digest);
      }
      done(EXIT.SUCCEEDED);
    });

  verb(group, {
    name: 'list',
    summary: 'list the artifacts that are stored, the newest first',
    example: 'belay artifact list',
  }).action(async ({ json }: { json: boolean }) => {
    const stored = await (await context.artifacts()).list();
    if (json) output.json(stored.map(documentOf));
    else if (stored.length === 0) output.line('Nothing is stored: `belay artifact push FILE` stores a file.');
    else {
      const cells = stored.map((each) => [each.digest, bytesText(each.size), timeText(each.storedAt)]);
      for (const line of tableLines(['DIGEST', 'SIZE', 'STORED'], cells, output.paint)) output.line(line);
    }
    done(EXIT.SUCCEEDED);
  });

  verb(group, {
    name: 'delete',
    summary: 'delete an artifact that nobody needs',
    example: 'belay artifact delete sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    details:
      'Refused while a deployment in flight brings it or may go back to it, or an instance runs it or is to run it',
  })
    .argument('<digest>', 'its digest', digestArgument)
    .option('--force', 'although somebody needs it', false)
    .action(async (digest: string, { json, force }: { json: boolean; force: boolean }) => {
      await (await context.artifacts()).remove(digest, force, context.actor);
      if (json) output.json({ deleted: digest });
      else output.line(`${digest} is deleted.`);
      done(EXIT.SUCCEEDED);
    });
};

async function pushed<T>(file: string, push: (open: () => AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  const found = await stat(file).catch((error: unknown) => {
    throw new InputError({ file, message: whyUnreadable(error) });
  });
  if (!found.isFile()) throw new InputError({ file, message: 'is not a file; pack a folder with `tar -czf` first' });
  try {
    return await push(() => createReadStream(file));
  } catch (error) {
    throw error instanceof ArtifactRefused ? new InputError({ file, message: `not stored: ${error.message}` }) : error;
  }
}

function digestArgument(text: string): string {
  const digest = /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : text;
  if (!isDigest(digest)) throw new InvalidArgumentError(`${DIGEST_RULE}.`);
  return digest;
}

function documentOf({ digest, size, storedAt }: StoredArtifact): object {
  return { digest, size, stored_at: storedAt.toISOString() };
}
