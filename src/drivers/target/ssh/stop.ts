import { randomUUID } from 'node:crypto';
import type { ClientChannel } from 'ssh2';
import { TERM_GRACE_MS } from '../group';
import type { Connection } from './connection';
import { Marked } from './marked';
import { stopScript } from './script';

/** How long a host may take to answer, besides the time that it gives to the group. */
const ANSWER_MS = 15_000;

/**
 * Ends a process group over a channel of its own: SIGTERM, later SIGKILL.
 * @returns whether it is gone; false when the host doesn't say so
 */
export function endGroup({ client, closed }: Connection, group: number): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (gone: boolean) => {
      clearTimeout(timer);
      resolve(gone);
    };
    const timer = setTimeout(() => answer(false), TERM_GRACE_MS + ANSWER_MS);
    void closed.then(() => answer(false));
    const take = (error: Error | undefined, channel: ClientChannel) => {
      if (error !== undefined) return answer(false);
      const mark = `belay-${randomUUID()}`;
      const marked = new Marked(mark, (words) => answer(words === 'ends 0'));
      marked.resume();
      channel.on('data', (bytes: Buffer) => marked.write(bytes));
      channel.stderr.resume();
      channel.once('close', () => answer(false));
      channel.on('error', () => {});
      channel.end(stopScript(group, TERM_GRACE_MS / 1000, mark));
    };
    try {
      client.exec('exec sh', take);
    } catch {
      answer(false);
    }
  });
}
