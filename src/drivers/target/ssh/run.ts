import type { ClientChannel } from 'ssh2';
import type { Ending, Run } from '../run';
import { lastLine } from '../words';
import type { Connection } from './connection';
import { commandScript, type RemoteCommand } from './script';
import { Wrapper } from './wrapper';

/**
 * Runs a command on a host and waits for its end. Aborted, it ends the process group there over a second channel, waits
 * until it is gone, tells what it printed, and throws the signal's reason. Nothing starts after a connection is lost.
 */
export async function runRemote(
  connection: Connection,
  command: RemoteCommand,
  secrets: readonly string[],
  signal: AbortSignal,
  stopped: (output: string) => void = () => {},
  bytes: () => Promise<AsyncIterable<Uint8Array>> = noBytes,
): Promise<Run> {
  const channel = await openChannel(connection, signal);
  if (typeof channel === 'string') return { ending: notStarted(channel), output: '', stdout: '' };
  const wrapper = new Wrapper(channel, connection, secrets, bytes);
  const stop = () => wrapper.stop();
  signal.addEventListener('abort', stop, { once: true });
  channel.write(commandScript(command, wrapper.mark));
  const ending = await wrapper.ending;
  signal.removeEventListener('abort', stop);
  const output = await wrapper.close();
  if (signal.aborted) {
    stopped(output);
    signal.throwIfAborted();
  }
  return { ending: ending ?? silent(wrapper, connection, output), output, stdout: wrapper.stdout };
}

function noBytes(): never {
  throw new Error('there is none');
}

/** What it means that a channel ended without a word of the command's end. */
function silent({ exit, begun }: Wrapper, connection: Connection, output: string): Ending {
  if (exit?.signal !== undefined) return { kind: 'killed', signal: exit.signal };
  if (exit !== undefined) {
    const said = lastLine(output) ?? 'it printed nothing';
    return notStarted(`the shell of ${connection.to.user} on the host ended with status ${exit.status}: ${said}`);
  }
  return begun ? { kind: 'lost', why: connection.lostWords() } : notStarted(connection.lostWords());
}

/** A plain shell on the host, or in words why there is none. Aborted, it throws the signal's reason. */
function openChannel(connection: Connection, signal: AbortSignal): Promise<ClientChannel | string> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    const take = (error: Error | undefined, channel: ClientChannel) => {
      signal.removeEventListener('abort', abort);
      if (error !== undefined) resolve(`the host opens no session: ${error.message}`);
      else if (signal.aborted) channel.close();
      else resolve(channel);
    };
    signal.addEventListener('abort', abort, { once: true });
    void connection.closed.then(() => resolve(connection.lostWords()));
    try {
      connection.client.exec('exec sh', take);
    } catch {
      resolve(connection.lostWords());
    }
  });
}

function notStarted(why: string): Ending {
  return { kind: 'not_started', why };
}
