import type { Entries } from './map';
import { serversIn, underWay, type Server, type ServerState } from './servers';
import { ask, fault, order, type Line } from './socket';

/** What is asked of one HAProxy, and told to it, in terms of its Runtime API. */
export class Runtime {
  constructor(private readonly line: Line) {}

  get endpoint(): string {
    return this.line.endpoint;
  }

  /** What tells this process from the next one, which knows nothing of what this one was told. */
  async process(signal: AbortSignal): Promise<string> {
    const [info = ''] = await ask(this.line, ['show info'], signal);
    const told = ['Pid', 'Start_time_sec'].map((name) => new RegExp(`^${name}: (\\d+)$`, 'm').exec(info)?.[1]);
    if (told.includes(undefined)) throw this.fault('it says nothing of its process; is that its Runtime API?');
    return told.join('/');
  }

  /** What whoever connects there may do: `user`, `operator` or `admin`. */
  async level(signal: AbortSignal): Promise<string> {
    const [level = ''] = await ask(this.line, ['show cli level'], signal);
    return level;
  }

  async backends(signal: AbortSignal): Promise<Set<string>> {
    const [answer = ''] = await ask(this.line, ['show backend'], signal);
    return new Set(answer.split('\n').filter((line) => !line.startsWith('#')));
  }

  /** A map's entries; of one that is there twice the first, which is what HAProxy goes by. Undefined: there is no such map. */
  async entries(map: string, signal: AbortSignal): Promise<Map<string, string> | undefined> {
    const [answer = ''] = await ask(this.line, [`show map ${map}`], signal);
    if (answer.startsWith('Unknown map')) return undefined;
    const entries = new Map<string, string>();
    for (const each of answer.split('\n').filter((text) => text !== '')) {
      const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(each) ?? [];
      if (key === undefined || value === undefined) throw this.fault(`it says of map ${map}: ${each}`);
      if (!entries.has(key)) entries.set(key, value);
    }
    return entries;
  }

  /** Sets entries, and removes others; `before` are those that are there. */
  async setEntries(map: string, before: Entries, wanted: Entries, stale: readonly string[], signal: AbortSignal) {
    const commands = [
      // An entry is never gone in between: it would lead elsewhere for that long.
      ...[...wanted].map(([key, value]) => `${before.has(key) ? 'set' : 'add'} map ${map} ${key} ${value}`),
      ...stale.map((key) => `del map ${map} ${key}`),
    ];
    await order(this.line, commands, signal);
  }

  async servers(backends: readonly string[], signal: AbortSignal): Promise<Server[][]> {
    const commands = backends.map((backend) => `show servers state ${backend}`);
    return (await ask(this.line, commands, signal)).map((answer, i) => {
      const servers = serversIn(answer);
      if (servers === undefined) throw this.fault(`it says of backend ${backends[i]}: ${answer}`);
      return servers;
    });
  }

  async setStates(servers: readonly Server[], state: ServerState, signal: AbortSignal): Promise<void> {
    const commands = servers.map(({ backend, name }) => `set server ${backend}/${name} state ${state}`);
    await order(this.line, commands, signal);
  }

  /** How many requests are under way at these servers, or wait for them. */
  async underWay(servers: readonly Server[], signal: AbortSignal): Promise<number> {
    const commands = servers.map(({ backend, id }) => `show stat ${backend} 4 ${id}`);
    return underWay(await ask(this.line, commands, signal));
  }

  fault(why: string, unreached = false) {
    return fault(this.line, why, unreached);
  }
}
