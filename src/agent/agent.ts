import { HEALTH } from '../domain';
import type { Desired } from '../domain/agent';
import type { AgentConfig } from '../schemas/agent';
import { readText } from '../schemas/read-text';
import { Installation, type Ask } from './artifact/installation';
import { Refused, type ControlPlane, type Report } from './control-plane';
import type { LocalInstance } from './instance';
import { pause } from './pause';
import { brief, healthOf, jittered, recordedOf, updateText, versionsOf } from './report';
import type { Memory } from './state';
import { Updates } from './updates';
import { wordsOf } from './words';

/** After so many intervals without a heartbeat nobody knows any more how the instance is. */
const LONGEST_RETRY = 3;
const LONGEST_RETRY_MS = 30_000;
/** So many heartbeats later what was refused is told again: it may be right by then. */
const BRIEF = 20;

/**
 * Looks after one instance: tells the control plane how it is, and does what it is told by its own command. It obeys the
 * highest generation that it has seen and no lower one, also after a crash. While the control plane is away it leaves the
 * instance as it is and keeps trying.
 */
export class Agent {
  private wake: AbortController = new AbortController();
  private refusedGeneration = 0;
  /** Its secret is not known any more. It is kept until there is another: whoever says so may be wrong. */
  private isForgotten = false;
  /** What it tells of itself besides was refused: for so many heartbeats it keeps to what matters. */
  private brief = 0;
  /** Absent without install_dir. */
  private readonly installation: Installation | undefined;
  private readonly updates: Updates;

  constructor(
    private readonly config: AgentConfig,
    private readonly plane: ControlPlane,
    private readonly instance: LocalInstance,
    private readonly memory: Memory,
    private readonly say: (text: string) => void,
  ) {
    const ask: Ask = (digest, from, signal) => plane.artifact(digest, memory.state.secret ?? '', from, signal);
    this.installation = config.installation && new Installation(config.installation, ask, say);
    this.updates = new Updates(memory, instance, this.installation, say, () => this.wake.abort());
  }

  /**
   * Runs until the signal is aborted; what is under way then is ended, and finished by the next one.
   * @throws InputError where this machine lacks what agent.yaml names
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.instance.check();
    await this.updates.resume(signal);
    signal.addEventListener('abort', () => this.wake.abort());
    let failures = 0;
    while (!signal.aborted) {
      this.wake = new AbortController();
      let wait: number;
      try {
        wait = jittered(await this.beat(signal), this.config.heartbeat.jitter);
        if (failures > 0) this.say('the control plane answers again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        if (failures === 1)
          this.say(`${wordsOf(error).replace(/\.$/, '')}; the instance stays as it is, and it is tried again`);
        wait = jittered(this.retryMs(failures), 0.5);
      }
      // Whatever ends meanwhile is reported at once.
      await pause(wait, AbortSignal.any([signal, this.wake.signal])).catch(() => undefined);
    }
    await this.updates.stop('the agent stops');
  }

  private retryMs(failures: number): number {
    const { intervalMs } = this.config.heartbeat;
    const growing = (intervalMs / 16) * 2 ** Math.min(failures - 1, 10);
    return Math.min(LONGEST_RETRY_MS, LONGEST_RETRY * intervalMs, growing);
  }

  /** One heartbeat; answers when the next one is due, in milliseconds. */
  private async beat(signal: AbortSignal): Promise<number> {
    const { secret: known } = this.memory.state;
    const secret = known === undefined || this.isForgotten ? await this.register(known, signal) : known;
    const report = await this.report(signal);
    try {
      const { desired, nextHeartbeatMs } = await this.plane.heartbeat(this.config.name, secret, report, signal);
      this.brief = Math.max(0, this.brief - 1);
      await this.consider(desired);
      return nextHeartbeatMs;
    } catch (error) {
      if (error instanceof Refused) this.takeRefusal(error);
      throw error;
    }
  }

  /** Only Belay's own word counts: a proxy that answers in its place knows nothing of instances. */
  private takeRefusal({ code }: Refused): void {
    // Deleted, or its name was registered anew.
    if (code === 'unauthenticated' || code === 'not_found') this.isForgotten = true;
    // A figure or a text that the API doesn't take must not silence an instance.
    if (code === 'invalid_input') this.brief = BRIEF;
  }

  private async register(present: string | undefined, signal: AbortSignal): Promise<string> {
    const { name, ip, port, labels, registrationTokenFile } = this.config;
    const token = (await tokenIn(registrationTokenFile)).trim();
    const identity = { name, ip, labels, ...(port === undefined ? {} : { port }) };
    const secret = await this.plane.register(identity, token, present, signal);
    await this.memory.save({ secret });
    this.isForgotten = false;
    this.say(`${name} is registered`);
    return secret;
  }

  private async report(signal: AbortSignal): Promise<Report> {
    const [probe, metrics] = await Promise.all([this.instance.look(signal), this.instance.metrics(signal)]);
    const { state } = this.memory;
    const { generation, attempt, task, failure } = state;
    const told = (report: Report) => (this.brief > 0 ? brief(report) : report);
    const base = {
      ...healthOf(probe),
      ...versionsOf(probe, recordedOf(state, await this.installation?.current()), state.versions),
      generation,
      attempt,
      ...(metrics === undefined ? {} : { metrics }),
    };
    if (task !== undefined) {
      const now = base.reason === undefined ? '' : `; now: ${base.reason}`;
      return told({ ...base, health: HEALTH.DEGRADED, reason: `${updateText(task)} is under way${now}` });
    }
    return told(failure === undefined ? base : { ...base, health: HEALTH.FAILED, reason: failure });
  }

  /** Obeys what is newer than what it obeyed. */
  private async consider(desired: Desired | undefined): Promise<void> {
    const { generation, attempt, failure } = this.memory.state;
    if (desired === undefined) {
      // Nobody waits for it any more: how it is counts again, and not what it failed at.
      if (failure !== undefined) await this.memory.save({ failure: undefined });
      return;
    }
    if (desired.generation < generation) {
      if (this.refusedGeneration !== desired.generation) {
        this.say(`refused generation ${desired.generation}: it obeyed ${generation}`);
      }
      this.refusedGeneration = desired.generation;
      return;
    }
    if (desired.generation > generation || desired.attempt > attempt) await this.updates.begin(desired);
  }
}

async function tokenIn(file: string): Promise<string> {
  return readText(file, 1).catch((fault: unknown) => {
    throw new Error(`registration_token_file: ${wordsOf(fault)}`, { cause: fault });
  });
}
