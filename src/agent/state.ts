import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Versions } from '../domain';
import { InputError } from '../domain/errors';
import type { Desired } from '../domain/agent';
import { sync } from '../drivers/artifact/sync';
import type { Release } from './artifact/release';

/** What an agent must know again after a crash. */
export interface AgentState {
  /** What it proves itself with; absent: it has to register. */
  secret?: string;
  /** The highest generation that it obeyed, and the attempt: it never obeys a lower one. */
  generation: number;
  attempt: number;
  /** What it has brought to the instance last. */
  versions?: Versions;
  /** What `current` pointed to then. */
  installed?: Release;
  /** Begun and not ended: an update, which is to be finished first of all. */
  task?: Desired;
  /** Why the attempt above failed. */
  failure?: string;
  /** Nothing was done to the instance since it became what is above; or ever, by an agent. */
  untouched?: true;
}

/** What changes of it; undefined: it is not so any more. */
type StateChange = { [K in keyof AgentState]?: AgentState[K] | undefined };

const FILE = 'agent.json';
const NEW: AgentState = { generation: 0, attempt: 0, untouched: true };

/** The state of an agent as it is on the disk. */
export class Memory {
  private constructor(
    private readonly folder: string,
    private current: AgentState,
  ) {}

  /** @throws InputError where it can't be read */
  static async open(folder: string): Promise<Memory> {
    return new Memory(folder, await loadState(folder));
  }

  get state(): Readonly<AgentState> {
    return this.current;
  }

  /** Durable when it returns: nothing is done about it before. */
  async save(change: StateChange): Promise<void> {
    const state = { ...this.current, ...change } as AgentState;
    await saveState(this.folder, state);
    this.current = state;
  }
}

/**
 * The state as it was saved last; a new one in an empty folder.
 * @throws InputError where there is one that can't be read: to begin anew could obey what is older than what runs
 */
async function loadState(folder: string): Promise<AgentState> {
  const file = join(folder, FILE);
  try {
    const state = JSON.parse(await readFile(file, 'utf8')) as AgentState;
    if (!Number.isSafeInteger(state.generation) || !Number.isSafeInteger(state.attempt)) throw new SyntaxError();
    return state;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...NEW };
    const why = error instanceof SyntaxError ? 'it is damaged' : (error as Error).message;
    const message = `the agent's state can't be read (${why}); restore it, or remove it once nothing older can be deployed`;
    throw new InputError({ file, message });
  }
}

/** Saves it whole or not at all; when this returns, it outlives a crash of the machine. */
async function saveState(folder: string, state: AgentState): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${FILE}.${randomBytes(4).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(state, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, FILE));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await sync(folder);
}
