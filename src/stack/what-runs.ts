import { connect } from 'node:net';
import { readEndpoints, type Endpoints } from './endpoints';
import { isAlive } from './processes';

/** The stack that runs from this state folder: its host lives, and its Temporal takes connections. */
export async function whatRuns(stateDir: string): Promise<Endpoints | undefined> {
  const endpoints = readEndpoints(stateDir);
  if (endpoints === undefined || !isAlive(endpoints.host)) return undefined;
  return (await listens(endpoints.temporal)) ? endpoints : undefined;
}

/** Whether something takes connections at `host:port`. */
export async function listens(address: string): Promise<boolean> {
  return (await knock(address)) === undefined;
}

/** Why a connection to `host:port` can't be made; undefined when it can. */
export function knock(address: string, ms = 2_000): Promise<string | undefined> {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) return Promise.resolve(`"${address}" is no host:port`);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: ms });
    const answer = (why: string | undefined) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => answer(undefined));
    socket.once('timeout', () => answer('no answer in time'));
    socket.once('error', (error: NodeJS.ErrnoException) => answer(WORDS[error.code ?? ''] ?? error.message));
  });
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the host name can’t be looked up now',
};
