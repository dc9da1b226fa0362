import { HEALTH, type Probe } from '../../domain';
import { judgeAgent, type AgentReport, type Desired } from '../../domain/agent';
import type { BulkDriver, BulkLimits, BulkProgress, TargetChange, TargetInstance } from './driver';

/** What instances told about themselves, and what they are told. */
export interface AgentWorld {
  /** One question, however many they are; those that never registered are absent. */
  agentReports(names: string[]): Promise<Map<string, AgentReport>>;
  /** A lower generation, or the same attempt again, changes nothing. `again`: the time that it has goes on. */
  setDesired(desired: (Desired & { name: string })[], how?: { again?: boolean }): Promise<void>;
  withdrawDesired(names: string[], generation: number): Promise<string[]>;
}

/** Instances whose agents ask what they should run. Nothing is sent to them, and no command ever. */
export class AgentDriver implements BulkDriver {
  readonly execution = 'bulk';
  private readonly asked = new Set<string>();
  private answer: Promise<Map<string, AgentReport>> | undefined;

  constructor(private readonly world: AgentWorld) {}

  async check(): Promise<void> {
    // Agents do it by what their own files say: a worker needs nothing for it.
  }

  async probe({ name }: TargetInstance, signal: AbortSignal): Promise<Probe> {
    signal.throwIfAborted();
    const report = await this.reportOf(name);
    signal.throwIfAborted();
    return probeOf(report);
  }

  async begin(changes: TargetChange[]): Promise<void> {
    await this.world.setDesired(changes.map(desiredOf));
  }

  async withdraw(changes: TargetChange[]): Promise<string[]> {
    const names = new Map<number, string[]>();
    for (const { instance, generation } of changes) {
      names.set(generation, [...(names.get(generation) ?? []), instance.name]);
    }
    const withdrawn = await Promise.all(
      [...names].map(([generation, each]) => this.world.withdrawDesired(each, generation)),
    );
    return withdrawn.flat();
  }

  async progress(changes: TargetChange[], limits: BulkLimits): Promise<BulkProgress[]> {
    const reports = await this.world.agentReports(changes.map(({ instance }) => instance.name));
    const unaware = changes.filter(({ instance }) => isUnaware(reports.get(instance.name)));
    if (unaware.length > 0) await this.world.setDesired(unaware.map(desiredOf), { again: true });
    return changes.map(({ instance, target, targetHealth, generation, attempt }) => {
      const report = reports.get(instance.name);
      const goal = { versions: target, health: targetHealth, generation, attempt, ...limits };
      return { ...judgeAgent(report, goal), probe: probeOf(report) };
    });
  }

  /** Those that are asked for at the same moment are asked for together. */
  private async reportOf(name: string): Promise<AgentReport | undefined> {
    this.asked.add(name);
    this.answer ??= this.askAll();
    return (await this.answer).get(name);
  }

  private async askAll(): Promise<Map<string, AgentReport>> {
    await new Promise((resolve) => setImmediate(resolve));
    const names = [...this.asked];
    this.asked.clear();
    this.answer = undefined;
    return this.world.agentReports(names);
  }
}

function desiredOf({ instance, towards, target, generation, attempt }: TargetChange): Desired & { name: string } {
  const restore = towards === 'snapshot' ? { restore: true as const } : {};
  return { name: instance.name, versions: target, generation, attempt, ...restore };
}

/** It took the place of the one that was told, and knows nothing of it. */
function isUnaware(report: AgentReport | undefined): boolean {
  return report !== undefined && !report.deleted && report.excluded !== true && report.desired === undefined;
}

function probeOf(report: AgentReport | undefined): Probe {
  if (report === undefined || report.deleted) return { kind: 'unreachable', reason: 'it is not in the inventory' };
  if (report.silent) {
    const seconds = Math.round(report.seenMsAgo / 1000);
    return { kind: 'unreachable', reason: `no heartbeat for ${seconds} s` };
  }
  const { health, versions = {}, reason } = report;
  if (health === HEALTH.UNKNOWN) return { kind: 'unreachable', reason: 'it has not said yet how it is' };
  return { kind: 'answered', health, ...versions, ...(reason === undefined ? {} : { reason }) };
}
