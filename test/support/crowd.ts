import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { REGISTRATION, type Answer, type TestApi } from './api';

/** What runs, as it is reported. */
export interface Running {
  code_version: string;
  configuration_version: string;
}

/** What an agent reports. */
export interface Report extends Running {
  status: number;
  generation?: number;
  attempt?: number;
}

/** What it is told. */
export interface Told extends Running {
  generation: number;
  attempt: number;
}

/** What an agent makes of what it is told: its next report, or undefined to go on as it is. */
export type Conduct = (report: Report, told: Told, name: string) => Report | undefined;

const asTold: Conduct = (_, told) => ({ ...told, status: 1 });

/** Agents that are nothing but HTTP: each registers, beats by itself and does as it is told. */
export class Crowd {
  readonly labels: Record<string, string> = { crowd: randomUUID() };
  readonly reports = new Map<string, Report>();
  readonly secrets = new Map<string, string>();
  readonly conducts = new Map<string, Conduct>();
  /** The generations that each was told, in order, each once. */
  readonly told = new Map<string, number[]>();
  /** Answers that weren't as they should be. */
  readonly odd: unknown[] = [];
  /** How many were told and hadn't yet said that they are done, at the most. */
  mostInFlight = 0;
  /** While it is true, nobody does anything about what they are told. */
  held = false;
  private readonly inFlight = new Set<string>();
  private readonly going: Promise<void>[] = [];
  private ended = false;

  constructor(
    private readonly api: TestApi,
    private readonly everyMs: number,
  ) {}

  /** Registers one and lets it beat. */
  async join(name: string, running: Running, labels: Record<string, string> = {}): Promise<void> {
    const answer = await this.register(name, labels);
    if (answer.status !== 201) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
    this.secrets.set(name, answer.body.secret);
    this.reports.set(name, { ...running, status: 1 });
    await this.beat(name);
    this.going.push(this.goOn(name));
  }

  register(name: string, labels: Record<string, string> = {}, secret?: string): Promise<Answer> {
    const instance = { ip: '127.0.0.1', name, labels: { ...this.labels, ...labels } };
    const body = { instance, token: REGISTRATION };
    return this.api.post('/inventory/register', { body, ...(secret === undefined ? {} : { token: secret }) });
  }

  /** A heartbeat of anything, under any name and with any secret. */
  say(name: string, secret: string, body: unknown): Promise<Answer> {
    return this.api.patch(`/inventory/instances/${name}`, { token: secret, body });
  }

  async end(): Promise<void> {
    this.ended = true;
    await Promise.all(this.going);
  }

  private async goOn(name: string): Promise<void> {
    // Not all in step: half a beat earlier or later.
    while (!this.ended) {
      await delay(this.everyMs * (0.5 + Math.random()));
      await this.beat(name);
    }
  }

  private async beat(name: string): Promise<void> {
    const report = this.reports.get(name)!;
    if (report.generation !== undefined) this.inFlight.delete(name);
    const answer = await this.say(name, this.secrets.get(name)!, report);
    if (answer.status !== 200) return void this.odd.push({ name, status: answer.status, body: answer.body });
    const told: Told | null = answer.body.desired;
    if (answer.body.update_needed !== true || told === null) return;
    const before = this.told.get(name) ?? [];
    if (before.at(-1) !== told.generation) this.told.set(name, [...before, told.generation]);
    this.inFlight.add(name);
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight.size);
    const next = this.held ? undefined : (this.conducts.get(name) ?? asTold)(report, told, name);
    if (next !== undefined) this.reports.set(name, next);
  }
}
