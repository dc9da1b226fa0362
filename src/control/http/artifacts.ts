import { createHash } from 'node:crypto';
import type { StoredArtifact } from '../../domain/artifact';
import type { Artifacts } from '../artifacts';
import { pathOf, type Caller } from './caller';
import type { Shape } from './shape';

const ARTIFACTS = '/artifacts';

/** The artifacts of a Belay whose API is asked. */
export function createHttpArtifacts(caller: Caller): Artifacts {
  const list = () => caller.get(ARTIFACTS, (answer) => answer.list('artifacts').map(storedOf));
  return {
    list,
    // Read twice: what breaks on its way there is not stored.
    async push(open) {
      const digest = await digestOf(open());
      const known = (await list()).find((each) => each.digest === digest);
      if (known !== undefined) return { artifact: known, existed: true };
      const size = await caller.upload(ARTIFACTS, (answer) => answer.number('size'), { content: open(), digest });
      return { artifact: { digest, size, storedAt: new Date() }, existed: false };
    },
    remove: (digest, force) =>
      caller.delete(`${ARTIFACTS}${pathOf(digest)}`, () => undefined, force ? { force: 'true' } : {}),
  };
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function storedOf(answer: Shape): StoredArtifact {
  return { digest: answer.text('digest'), size: answer.number('size'), storedAt: answer.date('stored_at') };
}
