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
export function listens(address: string, ms = 2_000): Promise<boolean> {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: ms });
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
