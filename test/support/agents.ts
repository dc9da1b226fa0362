import { createHash, randomUUID } from 'node:crypto';
import { HEALTH, sameVersions, type Health, type Versions } from '../../src/domain';
import type { Desired } from '../../src/domain/agent';
import type { Heartbeat, InstanceMetrics, InventoryStore } from '../../src/store';

/** What an agent reports about its instance. */
export interface AgentState {
  versions: Versions;
  health: Health;
  generation: number;
  attempt?: number;
  reason?: string;
  /** What it measures of itself. */
  metrics?: InstanceMetrics;
  /** It sends no heartbeats. */
  mute?: boolean;
}

/** What an agent does about what it is told: its next state, or undefined to stay as it is. */
export type Behaviour = (state: AgentState, desired: Desired, name: string) => AgentState | undefined;

/** Does as it is told, at once. */
export const obey: Behaviour = (_, desired) => ({ ...desired, health: HEALTH.HEALTHY });

const BEAT_MS = 20;

/** Agents of the kind that a few lines make: all of them beat many times a second. */
export class Agents {
  readonly states = new Map<string, AgentState>();
  readonly behaviours = new Map<string, Behaviour>();
  /** How many instances had been told what to run and hadn't become it, at the most. */
  mostInFlight = 0;
  /** What each was told, in order. */
  readonly told = new Map<string, Desired[]>();
  private readonly labels = { fleet: randomUUID() };
  private beating: Promise<void> | undefined;
  private ended = false;

  constructor(
    private readonly store: InventoryStore,
    private readonly unknownAfterMs = 60_000,
  ) {}

  /** What they all carry, and nobody else. */
  get fleet() {
    return { kind: 'inventory' as const, labels: this.labels };
  }

  /** Registers instances and has them beat. */
  async add(names: string[], versions: Versions, health: Health = HEALTH.HEALTHY): Promise<void> {
    for (const name of names) {
      const { unknownAfterMs, labels } = this;
      await this.store.register({ name, ip: '127.0.0.1', labels, secretHash: secretOf(name), unknownAfterMs });
      this.states.set(name, { versions, health, generation: 0 });
    }
    await this.beat();
    this.beating ??= this.goOn();
  }

  /** They beat no more. */
  async end(): Promise<void> {
    this.ended = true;
    await this.beating;
  }

  private async goOn(): Promise<void> {
    while (!this.ended) {
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
      await this.beat();
    }
  }

  private async beat(): Promise<void> {
    const beats = [...this.states]
      .filter(([, { mute }]) => !mute)
      .map(([name, { mute: _, ...state }]): Heartbeat => {
        return { name, secretHash: secretOf(name), ...state };
      });
    const answers = await this.store.hear(beats);
    let inFlight = 0;
    for (const [index, { name }] of beats.entries()) {
      const answer = answers[index];
      const state = this.states.get(name);
      if (answer?.kind !== 'heard' || answer.desired === undefined || state === undefined) continue;
      const { desired } = answer;
      this.note(name, desired);
      if (state.generation < desired.generation || !sameVersions(state.versions, desired.versions)) inFlight++;
      if (desired.generation < state.generation) continue;
      const next = (this.behaviours.get(name) ?? obey)(state, desired, name);
      if (next !== undefined) this.states.set(name, next);
    }
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
  }

  private note(name: string, desired: Desired): void {
    const told = this.told.get(name) ?? [];
    const last = told.at(-1);
    if (last?.generation !== desired.generation || last.attempt !== desired.attempt) told.push(desired);
    this.told.set(name, told);
  }
}

function secretOf(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}
