import type { FleetSource } from '../domain';
import type { ControlStore } from '../store/types';
import type { InstanceState } from '../store/instance-state';
import type { WorkStore } from '../store/work-store';
import { writeStates } from './fleet-text';
import { fileFault, readWhole, replaceRead } from './files';
import { SEQUENCE } from './sequence';

/** At most 5 writes a second. */
const GAP_MS = 200;
/** A large file is written less often: this many times what the last write took. */
const REST = 10;
/** How often it starts over when a person saves the file just while it is written. */
const TRIES = 5;

interface Pending {
  generation: number;
  names: Set<string>;
}

/**
 * Writes what was recorded back to the files that list fleets, a little later and several at once.
 * What a file system refuses is logged once for each deployment, and hinders nobody.
 */
export class FleetFiles {
  private readonly pending = new Map<string, Pending>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly resting = new Map<string, number>();
  private readonly logged = new Set<number>();

  constructor(private readonly store: ControlStore & WorkStore) {}

  /** Something was recorded of an instance: the file that lists it, if one does, is written soon. */
  note(generation: number, fleet: FleetSource, name: string): void {
    if (fleet.kind !== 'file') return;
    const { path } = fleet;
    const names = this.pending.get(path)?.names ?? new Set<string>();
    this.pending.set(path, { generation, names: names.add(name) });
    this.schedule(path);
  }

  /** Writes everything that was recorded within a deployment, now. */
  async writeAll(generation: number, fleet: FleetSource): Promise<void> {
    if (fleet.kind !== 'file') return;
    const { path } = fleet;
    this.pending.delete(path);
    const recorded = await this.store.recordedStates(generation);
    await this.write(
      generation,
      path,
      recorded.map(({ name }) => name),
    );
  }

  private schedule(path: string): void {
    if (this.timers.has(path)) return;
    const wait = Math.max(0, (this.resting.get(path) ?? 0) - performance.now());
    const timer = setTimeout(() => void this.writePending(path), wait);
    timer.unref();
    this.timers.set(path, timer);
  }

  private async writePending(path: string): Promise<void> {
    const pending = this.pending.get(path);
    this.pending.delete(path);
    if (pending !== undefined) {
      // A lost database: the last write, before the end, makes up for it.
      await this.write(pending.generation, path, [...pending.names]).catch(() => undefined);
    }
    this.timers.delete(path);
    if (this.pending.has(path)) this.schedule(path);
  }

  /** What is written is read under the lock, so that nobody writes what is older than what is there. */
  private async write(generation: number, path: string, names: string[]): Promise<void> {
    if (names.length === 0) return;
    await this.store.exclusively(`fleet:${path}`, async (held) => {
      const started = performance.now();
      const states = await this.store.recorded(path, names);
      try {
        if (!(await writeOver(path, states, held))) {
          await this.log(generation, `${path} doesn't show what was deployed: somebody else keeps changing it`);
        }
      } catch (error) {
        const fault =
          fileFault(error) ?? (error instanceof SyntaxError ? `it is no JSON: ${error.message}` : undefined);
        if (fault === undefined) throw error;
        await this.log(generation, `${path} doesn't show what was deployed: ${fault}`);
      }
      this.resting.set(path, performance.now() + Math.max(GAP_MS, REST * (performance.now() - started)));
    });
  }

  private async log(generation: number, reason: string): Promise<void> {
    if (this.logged.has(generation)) return;
    await this.store.appendEventOnce({ generation, type: 'fleet_file_not_written', reason }, SEQUENCE.fleetFile);
    this.logged.add(generation);
  }
}

/** Whether the file shows these states now. What somebody saves while it is written is read anew, and kept. */
async function writeOver(
  path: string,
  states: Map<string, InstanceState>,
  held: () => Promise<void>,
): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const before = await readWhole(path);
    const after = writeStates(before.text, states);
    if (after === before.text) return true;
    // Whoever stood still since it read may be older now than what is there.
    await held();
    if (await replaceRead(path, after, before)) return true;
  }
  return false;
}
